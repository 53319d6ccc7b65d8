"""Benchmarks on synthetic and public data, run by `manage.py benchmark`. Not part of the product."""
