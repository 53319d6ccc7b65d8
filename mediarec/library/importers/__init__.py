"""Importers: one module a format, pure and streaming; matching and storing are done for them."""
