"""The admin: one module per noun, for whoever keeps the installation."""

from mediarec.web.admin import imports, items, models, people, work

__all__ = ["imports", "items", "models", "people", "work"]
