"""Training of the sequence model: data sets, batches, losses, checkpoints, release. Knows no tables."""
