"""How states, outcomes and shares look: a badge's tone, an icon, a percentage. Knows no requests."""

from pathlib import PurePath
from typing import Any

from django import template

from mediarec.library.models import BatchState, ImportBatch, ImportRow, InteractionType, Outcome
from worker.models import Job

register = template.Library()

MOVING_STATES = frozenset({BatchState.READING, BatchState.COMMITTING, BatchState.UNDOING})
TONES: dict[str, str] = {
    BatchState.PREVIEW: "warn",
    BatchState.COMMITTED: "good",
    BatchState.FAILED: "bad",
    Outcome.ADDED: "good",
    Outcome.REVIEW: "warn",
    Outcome.REJECTED: "bad",
    InteractionType.FINISHED: "good",
    InteractionType.LIKED: "good",
    InteractionType.DISLIKED: "bad",
    InteractionType.ABANDONED: "warn",
    Job.State.RUNNING: "warn",
    Job.State.DONE: "good",
    "ready": "good",
    "fallback": "warn",
    "starting": "warn",
    "missing": "bad",
}
# Importer -> what people call it, and its icon.
SOURCES = {
    "letterboxd": ("Letterboxd export", "film"),
    "imdb": ("IMDb export", "film"),
    "trakt": ("Trakt export", "film"),
    "netflix": ("Netflix history", "film"),
    "myanimelist": ("MyAnimeList export", "film"),
    "anilist": ("AniList lists", "film"),
    "movary": ("Movary export", "film"),
    "yamtrack": ("Yamtrack export", "film"),
    "takeout": ("YouTube history", "film"),
    "movielens": ("MovieLens", "film"),
    "spotify": ("Spotify history", "music"),
    "listenbrainz": ("ListenBrainz export", "music"),
    "maloja": ("Maloja export", "music"),
    "lastfm": ("Last.fm history", "music"),
    "librefm": ("Libre.fm history", "music"),
    "scrobbler-log": ("Rockbox log", "music"),
    "panoscrobbler": ("Pano Scrobbler log", "music"),
    "apple-music": ("Apple Music history", "music"),
    "playlist": ("Playlists", "music"),
    "folder": ("Folder or media files", "folder"),
    "generic": ("Spreadsheet or JSON", "file"),
    "demo": ("Demo", "spark"),
}

SLOT_NAMES = {
    "text": "Text",
    "image": "Pictures",
    "audio": "Sound",
    "llm": "Writing",
    "ranker": "Ranking",
}
SLOT_STATES = {"ready": "Ready", "fallback": "Basic model", "starting": "Starting", "missing": "Not available"}


@register.filter
def slot_name(slot: str) -> str:
    return SLOT_NAMES.get(slot, slot.capitalize())


@register.filter
def slot_state(state: str) -> str:
    return SLOT_STATES.get(state, state.capitalize())


@register.filter
def tone(state: str) -> str:
    """The badge class of a state, an outcome or something done; grey where it is neither good nor bad."""
    return TONES.get(state, "")


@register.filter
def is_moving(batch: ImportBatch) -> bool:
    return batch.state in MOVING_STATES


@register.filter
def source_icon(batch: ImportBatch) -> str:
    return SOURCES.get(batch.source, ("", "file"))[1]


@register.filter
def source_label(batch: ImportBatch) -> str:
    return SOURCES.get(batch.source, (batch.source.capitalize() or "Not recognised", ""))[0]


@register.filter
def percent(share: float | None) -> str:
    """0..1 in whole per cents."""
    return "" if share is None else str(round(100 * share))


@register.filter
def row_title(row: ImportRow) -> str:
    """What the row itself calls the work, before it is one of ours."""
    for known in (row.parsed, row.raw):
        found = _find_title(known)
        if found:
            return found
    return PurePath(row.place).name if row.place.startswith("/") else "Row without a title"


def _find_title(known: Any) -> str:
    if not isinstance(known, dict):
        return ""
    work: dict[str, Any] = known.get("work") or known
    title = next((str(work[name]) for name in ("title", "Title", "Name", "name") if work.get(name)), "")
    year = work.get("year") or work.get("Year")
    return f"{title} ({year})" if title and year else title


@register.filter
def time_left(seconds: float | None) -> str:
    """A guess in words that promises no more than it knows."""
    if seconds is None:
        return ""
    if seconds < 60:
        return "less than a minute left"
    minutes = round(seconds / 60)
    return f"about {minutes} min left" if minutes < 90 else f"about {round(minutes / 60)} h left"
