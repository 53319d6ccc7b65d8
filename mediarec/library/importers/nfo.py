"""Parses Kodi and Jellyfin NFO files, the XML sidecars of a video. Entities and DTDs are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from mediarec.library.errors import NotUnderstoodError
from mediarec.library.importers.base import ParsedWork, clean, read_year
from mediarec.library.text_encoding import decode_text

LARGEST_BYTES = 2 * 1024 * 1024
KINDS = {"movie": "film", "tvshow": "series", "episodedetails": "episode", "musicvideo": "video"}
ROOT = re.compile(r"<(movie|tvshow|episodedetails|musicvideo)[\s>].*?</\1\s*>", re.DOTALL | re.IGNORECASE)
DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding=[\"'](?P<name>[A-Za-z0-9._-]+)[\"']")
ID_TAGS = {"imdbid": "imdb", "imdb_id": "imdb", "tmdbid": "tmdb", "tvdbid": "tvdb"}
KNOWN_IDS = frozenset({"imdb", "tmdb", "tvdb"})


def read_nfo(data: bytes) -> ParsedWork:
    """The work that the first root element describes; what follows it (a web address, more episodes) is ignored.

    Raises NotUnderstoodError for a file that is not an NFO or defines entities.
    """
    if len(data) > LARGEST_BYTES:
        raise NotUnderstoodError("the NFO is too large to be one.")
    declared = DECLARED.match(data)
    text = decode_text(data, declared["name"].decode("ascii") if declared else "")
    if "<!DOCTYPE" in text[:4096].upper() or "<!ENTITY" in text.upper():
        raise NotUnderstoodError("the NFO defines entities, which are not read.")
    root_match = ROOT.search(text)
    if root_match is None:
        raise NotUnderstoodError("the NFO describes no film, series, episode or music video.")
    try:
        root = fromstring(root_match.group(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise NotUnderstoodError(f"the NFO cannot be read ({error}).") from error
    return _build_work(root)


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
    return next((clean(element.text) for name in names for element in root.findall(name) if element.text), "")


def _texts(root: Element, *names: str) -> Iterator[str]:
    """All distinct values; genres and credits may share one element, separated by slashes."""
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
    return {_qualify_namespace(namespace, kind): value for namespace, value in ids.items() if value}


def _qualify_namespace(namespace: str, kind: str) -> str:
    """TMDB and TVDB number films, series and episodes separately, so the kind is appended; IMDb's ids are unique."""
    default_kind = "series" if namespace == "tvdb" else "film"
    return namespace if namespace == "imdb" or kind == default_kind else f"{namespace}-{kind}"


def _read_minutes(text: str) -> int | None:
    match = re.match(r"\d{1,4}", text)
    return int(match.group()) * 60 if match else None


def _read_int(text: str) -> int | None:
    return int(text) if text.isdigit() and int(text) < 10_000 else None
