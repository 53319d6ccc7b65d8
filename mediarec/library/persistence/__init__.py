"""Stores parsed works, files and events as rows, a chunk at a time. Called inside a transaction; knows no formats."""

from mediarec.library.persistence.events import EventCounts, store_events
from mediarec.library.persistence.files import store_files
from mediarec.library.persistence.works import StoredWork, WorkWriter

__all__ = ["EventCounts", "StoredWork", "WorkWriter", "store_events", "store_files"]
