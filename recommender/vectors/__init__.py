"""Stored vectors: their spaces, nearest-neighbour SQL, and a cache of them. Knows no model."""
