"""Candidate sources, one per file, and the filters they share. Knows no final order."""
