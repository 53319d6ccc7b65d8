"""Feature extraction from media files: timed text, sampled frames, audio features. Knows no tables and no queue."""
