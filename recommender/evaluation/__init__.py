"""Offline evaluation of ranking models. Not used when serving."""
