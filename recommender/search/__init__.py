"""Search by text, meaning, pictures and transcripts. Start reading in `pipeline`."""
