"""Candidate generation: one module per source, and the filters they share. Knows no final order."""
