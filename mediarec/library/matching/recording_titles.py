"""Parses titles of recordings and albums: featured artists, version, and packaging that does not matter. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from mediarec.library.matching.titles import fold_words, name_keys, title_key

BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
DASHES = re.compile(r"\s+[-–—]\s+|\s[-–—](?=\S)|(?<=\S)[-–—]\s")
WITHIN = re.compile(r";|\s[-–—]\s")  # several remarks in one: "Mono; 2022 Remaster"
FEATURING = re.compile(r"^\W*(?:feat|ft|featuring|with)\b\.?\s*(.+)$", re.IGNORECASE)
FEATURING_INSIDE = re.compile(r"\s(?:feat|ft|featuring)\b\.?\s+(.+)$", re.IGNORECASE)
YEAR = re.compile(r"(?:19|20)\d\d")
REMASTER = frozenset({"remaster", "remastered", "remastering", "remasterizado", "remasterisé"})
# Words of a remark that make it a different recording from the plain title.
VERSIONS = frozenset({
    "live", "acoustic", "instrumental", "remix", "remixed", "mix", "rmx", "refix", "edit", "demo", "karaoke", "cover",
    "rehearsal", "rehearsals", "session", "sessions", "unplugged", "orchestral", "symphonic", "extended", "dub", "club",
    "cappella", "acapella", "reprise", "take", "alternate", "alternative", "outtake", "version", "remake", "rework",
    "reworked", "rerecorded", "sped", "slowed", "nightcore", "piano", "strings", "early", "single", "radio", "mono",
    "stereo", "bootleg", "medley", "mashup", "vip", "electric", "clean",
})  # fmt: skip
SAME_WORD = {"rmx": "remix", "remixed": "remix", "sessions": "session", "rehearsals": "rehearsal", "unplugged": "live"}
# Remarks that consist of these words only do not change the recording.
PACKAGING = frozenset({
    "album", "lp", "original", "version", "explicit", "full", "length", "main", "standard", "bonus", "track", "deluxe",
    "edition", "expanded", "anniversary", "digital", "digitally", "soundtrack", "ost", "motion", "picture", "hidden",
})  # fmt: skip
EMPTY = frozenset({"at", "in", "on", "the", "from", "of", "version", "mix", "a", "for", "and"})
GENERIC = re.compile(
    r"^(?:intro|outro|introduction|interlude|untitled|skit|prelude|overture|intermission|reprise|hidden track|"
    r"bonus track|finale|opening|ending|theme|track)(?: \d+)?$"
)
CLASSICAL = re.compile(
    r"\b(?:op|opus|bwv|kv|k|rv|hob|hwv|woo|no|nr|symphony|sinfonie|sonata|sonate|concerto|konzert|suite|nocturnes?|"
    r"prelude|etude|quartet|requiem|variations|mass) ?(?:in [a-h]|\d|i\b|v\b)"
    r"|\b(?:bwv|requiem|symphony|sonata|concerto)\b"
)
ALBUM_VERSIONS = re.compile(
    r"\b(live|unplugged|in concert|acoustic|instrumentals?|karaoke|remix(?:es|ed)?|demos)\b", re.IGNORECASE
)
ALBUM_WORD = {
    "unplugged": "live", "in concert": "live", "instrumentals": "instrumental", "remixes": "remix",
    "remixed": "remix", "demos": "demo",
}  # fmt: skip
EDITION = re.compile(
    r"\b(?:deluxe|expanded|legacy|special|collector'?s?|anniversary|remaster(?:ed)?|reissue|edition|bonus|super|"
    r"explicit|digital|original (?:motion picture )?soundtrack)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Recording:
    """A parsed title. `key` is the name, `versions` what makes it a different recording, `details` which of these
    ("at wembley"), `featured` the name keys of guests; `is_remaster` changes nothing about identity."""

    key: str
    versions: frozenset[str] = frozenset()
    details: frozenset[str] = frozenset()
    featured: frozenset[str] = frozenset()
    is_remaster: bool = False
    is_generic: bool = False
    is_classical: bool = False


@lru_cache(maxsize=32_768)
def read_recording(title: str) -> Recording:
    featured: set[str] = set()
    inside = FEATURING_INSIDE.search(BRACKETS.sub(" ", title))
    if inside and inside.group(0) in title:
        featured |= _list_guests(inside.group(1))
        title = title.replace(inside.group(0), " ", 1)
    name, remarks = _parse_title(title)
    versions: set[str] = set()
    details: set[str] = set()
    is_remaster = any(REMASTER.intersection(fold_words(remark)) for remark in remarks)
    for remark in remarks:
        if is_remaster and YEAR.fullmatch(remark.strip()):  # "Paranoid - 2012 - Remaster"
            continue
        if guests := FEATURING.match(remark):
            featured |= _list_guests(guests.group(1))
            continue
        remark_versions, remark_details = _read_remark(fold_words(remark))
        if remark_versions is None:
            name = f"{name} {remark}"
        else:
            versions |= remark_versions
            details |= remark_details
    plain = " ".join(fold_words(name))
    return Recording(
        title_key(name) or title_key(title),
        frozenset(versions),
        frozenset(details),
        frozenset(featured),
        is_remaster,
        bool(GENERIC.match(plain)),
        bool(CLASSICAL.search(plain)),
    )


def _parse_title(title: str) -> tuple[str, list[str]]:
    """The plain title and its remarks, in brackets or after a dash."""
    remarks = [part for text in BRACKETS.findall(title) for part in WITHIN.split(text) if part.strip()]
    name, *rest = DASHES.split(BRACKETS.sub(" ", title))
    remarks += [part for text in rest for part in WITHIN.split(text) if part.strip()]
    if not name.strip():  # a title that begins with a bracket or is entirely in brackets
        return (remarks[0], remarks[1:]) if remarks else (title, [])
    return name, remarks


def _read_remark(words: tuple[str, ...]) -> tuple[frozenset[str] | None, frozenset[str]]:
    """(versions, details); None instead of versions where the remark is part of the name."""
    if words[:1] == ("from",) or (words[-1:] == ("soundtrack",) and "from" in words):
        return frozenset(), frozenset()
    versions = {SAME_WORD.get(word, word) for word in words if word in VERSIONS}
    if REMASTER.intersection(words):
        return frozenset(versions - {"version", "edit", "single", "mix", "stereo"}), frozenset()
    if PACKAGING.issuperset(words):
        return frozenset(), frozenset()
    if not versions:
        return None, frozenset()
    details = frozenset(word for word in words if word not in VERSIONS and word not in EMPTY)
    return frozenset(versions - {"version"} or versions), details


def _list_guests(text: str) -> set[str]:
    return set(name_keys(text.strip(" .)]")))


@lru_cache(maxsize=16_384)
def list_album_versions(album: str) -> frozenset[str]:
    """Versions that an album title implies for all its recordings: live, acoustic, remixes."""
    words = {word.lower() for word in ALBUM_VERSIONS.findall(album)}
    return frozenset(ALBUM_WORD.get(word, word) for word in words)


@lru_cache(maxsize=16_384)
def album_key(album: str) -> str:
    """The title key of an album without its edition: "Nevermind (30th Anniversary Super Deluxe)" is "Nevermind"."""
    name = BRACKETS.sub(lambda match: " " if EDITION.search(match.group(1)) else match.group(0), album)
    first, *rest = re.split(r"\s[-–—/]\s", name)
    name_parts = [part for part in rest if not EDITION.search(part)]
    return title_key(" ".join([first, *name_parts])) or title_key(album)
