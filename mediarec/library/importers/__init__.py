"""Importers: one module per format, pure and streaming. Matching and storing happen in other packages."""
