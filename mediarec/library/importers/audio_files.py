"""Parses one audio file into a work, from its tags (mutagen) or, without tags, from its file name."""

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import mutagen

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.importers.base import MOST_SECONDS, ParsedWork, clean, read_year

AUDIO_ENDINGS = frozenset({".mp3", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".m4b", ".wma", ".wav", ".aiff"})
TRACK_NAME = re.compile(r"^(?:(?P<number>\d{1,3})[\s._-]+)?(?P<title>.+)$")
VARIOUS = "Various Artists"
LEAST_ARTISTS = 3  # two bands may both have a "Greatest Hits" in one folder
COMPILATION_SHARE = 0.5  # distinct artists per track from which an album without an artist tag counts as a compilation
FEATURED = re.compile(r"\s+[(\[]?(?:feat|featuring|ft)\b\.?\s", re.IGNORECASE)
# Names of each tag in mutagen's "easy" interface (ID3, MP4) and in Vorbis comments.
TAGS = {
    "title": ("title",), "artist": ("artist",), "album": ("album",), "albumartist": ("albumartist", "album artist"),
    "date": ("date", "originaldate", "year"), "genre": ("genre",), "number": ("tracknumber",), "disc": ("discnumber",),
    "composer": ("composer",), "language": ("language",), "recording": ("musicbrainz_trackid",),
    "release": ("musicbrainz_albumid",), "isrc": ("isrc",),
}  # fmt: skip


def read_audio(path: bytes) -> tuple[ParsedWork, float | None, Mapping[str, Any]]:
    """A track with its album as parent, its length in seconds, and its stream. Raises NotUnderstoodError."""
    shown = os.fsdecode(path)
    try:
        opened = mutagen.File(shown, easy=True)
    except Exception as error:  # mutagen raises many kinds for broken files, EOFError and ValueError among them
        raise NotUnderstoodError(f"cannot be read as audio ({str(error) or type(error).__name__}).") from error
    if opened is None or not hasattr(opened, "info"):
        raise NotUnderstoodError("is not audio, whatever its name says.")
    length = float(getattr(opened.info, "length", 0) or 0)
    if not 0 < length < MOST_SECONDS:
        raise NotUnderstoodError("holds no sound: its length is nothing or nonsense.")
    tags = _read_tags(opened.tags)
    stream = {
        "type": "audio",
        "codec": type(opened).__name__.removeprefix("Easy").lower(),
        "sample_rate": getattr(opened.info, "sample_rate", None),
        "bitrate": getattr(opened.info, "bitrate", None),
    }
    return _build_track(path, tags, length), length, stream


def _read_tags(tags: Any) -> dict[str, list[str]]:
    """The cleaned values of the tags in TAGS; a tag that cannot be decoded is skipped."""
    values_by_name: dict[str, list[str]] = {}
    for name, keys in TAGS.items():
        for key in keys:
            try:
                values = tags.get(key) if tags is not None else None
            except (KeyError, ValueError, TypeError):
                values = None
            texts = [clean(str(value)) for value in values or [] if clean(str(value))]
            if texts:
                values_by_name[name] = texts
                break
    return values_by_name


def _build_track(path: bytes, tags: Mapping[str, list[str]], length: float) -> ParsedWork:
    stem = clean(os.path.splitext(os.path.basename(path))[0].decode("utf-8", "replace"))
    name_match = TRACK_NAME.match(stem.replace("_", " "))
    title = tags.get("title", [name_match["title"].strip() if name_match else stem])[0]
    artists = tuple(tags.get("artist") or tags.get("albumartist") or ())
    people = {"artist": artists, "composer": tuple(tags.get("composer", ()))}
    ids = {"musicbrainz": tags["recording"][0]} if "recording" in tags else {}
    if "isrc" in tags:
        ids["isrc"] = tags["isrc"][0]
    return ParsedWork(
        "track",
        title or "Untitled",
        read_year(tags.get("date", [""])[0]),
        genres=_split_genres(tags.get("genre", [])),
        people={role: names for role, names in people.items() if names},
        language=tags.get("language", [""])[0][:16],
        runtime_seconds=round(length),
        ids=ids,
        parent=_build_album(tags),
        number=_read_number(tags.get("number", [name_match["number"] or "" if name_match else ""])[0]),
        season=_read_number(tags.get("disc", [""])[0]),
        artwork=("embedded", path.hex()),
    )


def _build_album(tags: Mapping[str, list[str]]) -> ParsedWork | None:
    """Has no artist where the tags name none: `name_album_artists` infers it from the tracks of the album."""
    if "album" not in tags:
        return None
    artists = tuple(tags.get("albumartist", ()))
    ids = {"musicbrainz-release": tags["release"][0]} if "release" in tags else {}
    return ParsedWork(
        "album",
        tags["album"][0],
        read_year(tags.get("date", [""])[0]),
        genres=_split_genres(tags.get("genre", [])),
        people={"artist": artists} if artists else {},
        ids=ids,
    )


def name_album_artists(works: Sequence[ParsedWork | None]) -> list[ParsedWork | None]:
    """The tracks of one folder with album artists filled in: the one tagged on other tracks of the album, "Various
    Artists" for a compilation, or the track's own artist."""
    tagged_artists: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    track_artists: dict[str, list[str]] = defaultdict(list)
    for work in works:
        if work and work.parent and work.kind == "track":
            track_artists[work.parent.title].append(_first_artist(work))
            if artists := work.parent.people.get("artist"):
                tagged_artists[work.parent.title].add(artists)
    return [
        _with_album_artist(work, work.parent, tagged_artists[work.parent.title], track_artists[work.parent.title])
        if work and work.parent and work.kind == "track"
        else work
        for work in works
    ]


def _with_album_artist(
    work: ParsedWork, album: ParsedWork, tagged_artists: set[tuple[str, ...]], track_artists: Sequence[str]
) -> ParsedWork:
    if album.people.get("artist"):
        return work
    distinct = set(track_artists)
    if len(tagged_artists) == 1:
        artists = next(iter(tagged_artists))
    elif len(distinct) >= LEAST_ARTISTS and len(distinct) >= len(track_artists) * COMPILATION_SHARE:
        artists = (VARIOUS,)
    else:
        artists = (_first_artist(work),)
    return replace(work, parent=replace(album, people={"artist": artists} if any(artists) else {}))


def _first_artist(work: ParsedWork) -> str:
    names = work.people.get("artist") or ("",)
    return FEATURED.split(names[0])[0].strip()


def _split_genres(values: list[str]) -> tuple[str, ...]:
    words = (word.strip() for value in values for word in re.split(r"[;/|]|, ", value))
    return tuple(dict.fromkeys(word[:60] for word in words if word))


def _read_number(text: str) -> int | None:
    """The number in "3" or "3/12"; None for anything else or above 9,999."""
    word = text.split("/")[0].strip()
    return int(word) if word.isdigit() and int(word) < 10_000 else None


def read_embedded_picture(path: bytes) -> bytes | None:
    """The front cover inside an audio file, or its first picture."""
    try:
        opened = mutagen.File(os.fsdecode(path))
    except Exception:  # noqa: BLE001 - a cover that cannot be read is no cover; the track came in without it
        return None
    pictures = list(getattr(opened, "pictures", None) or [])
    tags = getattr(opened, "tags", None)
    if not pictures and tags is not None:
        pictures = _find_tagged_pictures(tags)
    front = next((picture for picture in pictures if getattr(picture, "type", 3) == 3), None)
    chosen = front or next(iter(pictures), None)
    data = getattr(chosen, "data", chosen)
    return bytes(data) if data else None


def _find_tagged_pictures(tags: Any) -> list[Any]:
    """ID3's APIC frames, MP4's covr atoms, or base64 pictures in Vorbis comments."""
    import base64

    from mutagen.flac import Picture

    if hasattr(tags, "getall"):
        return list(tags.getall("APIC"))
    pictures = list(tags.get("covr", []) or [])
    for encoded in tags.get("metadata_block_picture", []) or []:
        try:
            pictures.append(Picture(base64.b64decode(encoded)))  # type: ignore[no-untyped-call]
        except (ValueError, TypeError, mutagen.MutagenError):
            continue
    return pictures
