"""Measurements on made-up data, run by `manage.py benchmark`. Not part of the product."""

import mediarec  # noqa: F401 - its libraries report nothing to their makers
