"""Ranking: features, their blend into a score, diversity, novelty. Knows no tables."""
