"""Kodi and Jellyfin NFO files beside a video: what they say of it. XML is read with entities and DTDs refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.importers.base import ParsedWork, clean, read_year

LARGEST_BYTES = 2 * 1024 * 1024
KINDS = {"movie": "film", "tvshow": "series", "episodedetails": "episode", "musicvideo": "video"}
ROOT = re.compile(rb"<(movie|tvshow|episodedetails|musicvideo)[\s>].*?</\1\s*>", re.DOTALL | re.IGNORECASE)
ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"'](?P<name>[A-Za-z0-9._-]+)[\"']")
ID_TAGS = {"imdbid": "imdb", "imdb_id": "imdb", "tmdbid": "tmdb", "tvdbid": "tvdb"}
KNOWN_IDS = frozenset({"imdb", "tmdb", "tvdb"})


def read_nfo(data: bytes) -> ParsedWork:
    """The first root of the file; what follows it (a web address, further episodes) is left.

    Raises NotUnderstoodError for what is not an NFO or carries entities.
    """
    if len(data) > LARGEST_BYTES:
        raise NotUnderstoodError("the NFO is too large to be one.")
    if b"<!DOCTYPE" in data[:4096].upper() or b"<!ENTITY" in data.upper():
        raise NotUnderstoodError("the NFO defines entities, which are not read.")
    found = ROOT.search(data)
    if found is None:
        raise NotUnderstoodError("the NFO describes no film, series, episode or music video.")
    try:
        root = fromstring(_decode(data, found.group()), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise NotUnderstoodError(f"the NFO cannot be read ({error}).") from error
    return _build_work(root)


def _decode(data: bytes, xml: bytes) -> str:
    """By the encoding that the file declares, else as UTF-8; old ones are Latin-1 and do not say so."""
    declared = ENCODING.match(data.lstrip(b"\xef\xbb\xbf"))
    for encoding in (declared["name"].decode("ascii") if declared else "utf-8", "latin-1"):
        try:
            return xml.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return xml.decode("utf-8", "replace")


def _build_work(root: Element) -> ParsedWork:
    kind = KINDS[root.tag.lower()]
    title = _text(root, "title", "name", "localtitle")
    if not title:
        raise NotUnderstoodError("the NFO has no title.")
    people = {
        "director": tuple(_texts(root, "director")),
        "actor": tuple(_list_actors(root))[:10],
        "writer": tuple(_texts(root, "credits", "writer")),
        "artist": tuple(_texts(root, "artist")),
    }
    show = _text(root, "showtitle")
    return ParsedWork(
        kind,
        title,
        read_year(_text(root, "year", "premiered", "aired", "releasedate")),
        original_title=_text(root, "originaltitle"),
        genres=tuple(_texts(root, "genre")),
        tags=tuple(tag.lower() for tag in _texts(root, "tag", "style")),
        people={role: names for role, names in people.items() if names},
        runtime_seconds=_read_minutes(_text(root, "runtime")),
        synopsis=_text(root, "plot", "biography", "review", "outline"),
        ids=_read_ids(root, kind),
        parent=ParsedWork("series", show) if kind == "episode" and show else None,
        season=_read_int(_text(root, "season")),
        number=_read_int(_text(root, "episode")),
    )


def _text(root: Element, *names: str) -> str:
    return next((clean(found.text) for name in names for found in root.findall(name) if found.text), "")


def _texts(root: Element, *names: str) -> Iterator[str]:
    """All values; genres and credits may share one element, separated by slashes."""
    seen: dict[str, None] = {}
    for name in names:
        for element in root.findall(name):
            for word in re.split(r"\s*/\s*", element.text or ""):
                if clean(word):
                    seen[clean(word)] = None
    yield from seen


def _list_actors(root: Element) -> Iterator[str]:
    for actor in root.findall("actor"):
        if name := _text(actor, "name"):
            yield name


def _read_ids(root: Element, kind: str) -> dict[str, str]:
    ids = {ID_TAGS[child.tag]: clean(child.text or "") for child in root if child.tag in ID_TAGS}
    for unique in root.findall("uniqueid"):
        namespace = (unique.get("type") or "").lower()
        if namespace in KNOWN_IDS:
            ids[namespace] = clean(unique.text or "")
    return {_name_space(namespace, kind): value for namespace, value in ids.items() if value}


def _name_space(namespace: str, kind: str) -> str:
    """TMDB and TVDB count films, series and episodes each from one; IMDb's ids are unique."""
    usual = "series" if namespace == "tvdb" else "film"
    return namespace if namespace == "imdb" or kind == usual else f"{namespace}-{kind}"


def _read_minutes(text: str) -> int | None:
    found = re.match(r"\d{1,4}", text)
    return int(found.group()) * 60 if found else None


def _read_int(text: str) -> int | None:
    return int(text) if text.isdigit() and int(text) < 10_000 else None
