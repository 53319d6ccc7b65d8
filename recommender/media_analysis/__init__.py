"""Reading media themselves: words with their times, sampled frames, measured sound. Knows no tables and no queue."""
