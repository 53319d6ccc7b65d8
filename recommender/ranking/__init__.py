"""From candidates to an order: features, blend, diversity, novelty. Knows no tables."""
