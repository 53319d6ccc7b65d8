"""Playlists: candidates from the pipeline, fitted to a duration, sequenced, stored and exported."""

from recommender.playlists.builder import PlaylistDraft, PlaylistRequest, build_playlist
from recommender.playlists.export import EXPORT_FORMATS, export_m3u8
from recommender.playlists.store import (
    add_entry,
    delete_playlist,
    find_playlist,
    move_entry,
    remove_entry,
    rename_playlist,
    reorder_playlist,
    save_playlist,
)

__all__ = [
    "EXPORT_FORMATS",
    "PlaylistDraft",
    "PlaylistRequest",
    "add_entry",
    "build_playlist",
    "delete_playlist",
    "export_m3u8",
    "find_playlist",
    "move_entry",
    "remove_entry",
    "rename_playlist",
    "reorder_playlist",
    "save_playlist",
]
