"""The household's own ranker: training data from its history, fine-tuning, hold-out evaluation, versions."""
