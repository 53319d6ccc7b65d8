"""Which model fills each slot: the registry, the person's selection among encoders, the ranker's weights."""
