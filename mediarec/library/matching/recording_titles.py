"""What the title of a recording says besides its name: who features, which version it is, what is only packaging."""

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
# Words of a remark that make it another recording than the plain title.
VERSIONS = frozenset({
    "live", "acoustic", "instrumental", "remix", "remixed", "mix", "rmx", "refix", "edit", "demo", "karaoke", "cover",
    "rehearsal", "rehearsals", "session", "sessions", "unplugged", "orchestral", "symphonic", "extended", "dub", "club",
    "cappella", "acapella", "reprise", "take", "alternate", "alternative", "outtake", "version", "remake", "rework",
    "reworked", "rerecorded", "sped", "slowed", "nightcore", "piano", "strings", "early", "single", "radio", "mono",
    "stereo", "bootleg", "medley", "mashup", "vip", "electric", "clean",
})  # fmt: skip
SAME_WORD = {"rmx": "remix", "remixed": "remix", "sessions": "session", "rehearsals": "rehearsal", "unplugged": "live"}
# Remarks of these words alone say nothing about the recording.
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
    """A title taken apart. `key` is its name, `versions` what makes it another recording, `details` which one of
    these ("at wembley"), `featured` keys of guests, `is_remaster` a remark that changes nothing."""

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
        found, said = _read_remark(fold_words(remark))
        if found is None:
            name = f"{name} {remark}"
        else:
            versions |= found
            details |= said
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
    """The title's name and its remarks: what stands in brackets or behind a dash."""
    remarks = [part for found in BRACKETS.findall(title) for part in WITHIN.split(found) if part.strip()]
    name, *rest = DASHES.split(BRACKETS.sub(" ", title))
    remarks += [part for found in rest for part in WITHIN.split(found) if part.strip()]
    if not name.strip():  # a title that begins with a bracket or is nothing else
        return (remarks[0], remarks[1:]) if remarks else (title, [])
    return name, remarks


def _read_remark(words: tuple[str, ...]) -> tuple[frozenset[str] | None, frozenset[str]]:
    """Versions and details; None as versions where the remark belongs to the name."""
    if words[:1] == ("from",) or (words[-1:] == ("soundtrack",) and "from" in words):
        return frozenset(), frozenset()
    found = {SAME_WORD.get(word, word) for word in words if word in VERSIONS}
    if REMASTER.intersection(words):
        return frozenset(found - {"version", "edit", "single", "mix", "stereo"}), frozenset()
    if PACKAGING.issuperset(words):
        return frozenset(), frozenset()
    if not found:
        return None, frozenset()
    said = frozenset(word for word in words if word not in VERSIONS and word not in EMPTY)
    return frozenset(found - {"version"} or found), said


def _list_guests(text: str) -> set[str]:
    return set(name_keys(text.strip(" .)]")))


@lru_cache(maxsize=16_384)
def list_album_versions(album: str) -> frozenset[str]:
    """What an album's title says of all its recordings: live, acoustic, remixes."""
    said = {word.lower() for word in ALBUM_VERSIONS.findall(album)}
    return frozenset(ALBUM_WORD.get(word, word) for word in said)


@lru_cache(maxsize=16_384)
def album_key(album: str) -> str:
    """An album without its edition: "Nevermind (30th Anniversary Super Deluxe)" is "Nevermind"."""
    name = BRACKETS.sub(lambda found: " " if EDITION.search(found.group(1)) else found.group(0), album)
    first, *rest = re.split(r"\s[-–—/]\s", name)
    kept = [part for part in rest if not EDITION.search(part)]
    return title_key(" ".join([first, *kept])) or title_key(album)
