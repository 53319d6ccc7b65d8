"""Measurements on made-up data, run by `manage.py benchmark`. Not part of the product."""
