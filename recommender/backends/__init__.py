"""Which model fills each slot: its loader, the person's choice among encoders, the ranker's weights."""
