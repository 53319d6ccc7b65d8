"""Words that come with a file: subtitles and lyrics beside it and inside it. Knows no tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.media_analysis.subtitles import Cue, clean_words, decode_words, is_drawing, parse_cues

SUBTITLE_ENDINGS = ("srt", "vtt", "ass", "ssa")
LYRICS_ENDINGS = ("lrc",)
MEDIA_ENDINGS = (
    "mkv", "mp4", "m4v", "avi", "mov", "webm", "mpg", "mpeg", "ts", "wmv", "ogv", "flv",
    "mp3", "flac", "ogg", "oga", "opus", "m4a", "aac", "wav", "wma", "aif", "aiff", "ape", "wv",
)  # fmt: skip
SUBTITLE_FOLDERS = ("subs", "subtitles", "sub")
MOST_BYTES = 10 * 1024 * 1024  # a film's subtitles are a tenth of a megabyte
MOST_SIDECARS = 12
TEXT_CODECS = frozenset({"subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text"})
LYRICS_TAGS = ("lyrics", "unsyncedlyrics", "©lyr", "syncedlyrics", "unsynced lyrics", "lyrics-xxx")
READ_ENDINGS = frozenset((*SUBTITLE_ENDINGS, *LYRICS_ENDINGS, *MEDIA_ENDINGS))
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?$")
NOT_LANGUAGES = frozenset({"cc", "sdh", "hi", "ai"})
LONG_CODES = {
    "eng": "en", "ger": "de", "deu": "de", "fre": "fr", "fra": "fr", "spa": "es", "ita": "it", "por": "pt",
    "dut": "nl", "nld": "nl", "swe": "sv", "dan": "da", "nor": "no", "nob": "no", "fin": "fi", "rus": "ru",
    "tur": "tr", "hun": "hu", "rum": "ro", "ron": "ro", "jpn": "ja", "chi": "zh", "zho": "zh", "kor": "ko",
    "pol": "pl", "cze": "cs", "ces": "cs", "gre": "el", "ell": "el", "ara": "ar", "heb": "he", "und": "",
}  # fmt: skip


Folders = dict[Path, dict[str, list[Path]]]


@dataclass(frozen=True)
class TextTrack:
    """All words of one source in one language. `source` is "subtitles" or "lyrics"."""

    source: str
    language: str
    cues: tuple[Cue, ...]


def read_text_tracks(path: Path) -> list[TextTrack]:
    """What stands beside the file and in it. Raises a MediarecError naming the first file that cannot be read."""
    if not path.is_file():  # a drive that is away has not lost its words
        raise NotFoundError(f"{path} is not there any more.")
    found = [words for sidecar in list_sidecars(path) if (words := _read_sidecar(path, sidecar)).cues]
    return [*found, *_read_embedded(path)]


def list_sidecars(path: Path, folders: Folders | None = None) -> list[Path]:
    """Files named like the medium ("film.srt", "film.de.srt"), beside it or in a folder for subtitles.

    `folders` are filled and looked up again: a folder of thousands is listed once for all of them.
    """
    folders = {} if folders is None else folders
    if path.parent not in folders:
        folders[path.parent] = _read_names(path.parent)
    own = folders[path.parent].get(path.stem, [])
    others = [f"{other.stem}." for other in own if _find_ending(other) in MEDIA_ENDINGS and other.stem != path.stem]
    found = [other for other in own if _find_ending(other) in (*SUBTITLE_ENDINGS, *LYRICS_ENDINGS)]
    # "Alien.3.srt" is of "Alien.3.mkv" where that is there, not of "Alien.mkv"
    return [other for other in found if not other.name.startswith(tuple(others))][:MOST_SIDECARS]


def _read_names(folder: Path) -> dict[str, list[Path]]:
    """What may be named after each stem: "film.de.srt" after "film.de" and after "film"."""
    beside = _list_folder(folder)
    inner = [_list_folder(other) for other in beside if other.name.lower() in SUBTITLE_FOLDERS]
    named: dict[str, list[Path]] = {}
    for other in (other for names in (beside, *inner) for other in names):
        if _find_ending(other) in READ_ENDINGS:
            for place in (place for place, letter in enumerate(other.name) if letter == "."):
                named.setdefault(other.name[:place], []).append(other)
    return named


def _list_folder(folder: Path) -> list[Path]:
    """A folder that went away holds no words; the file itself says so where it is opened."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _find_ending(path: Path) -> str:
    return path.suffix.lower().lstrip(".")


def _read_sidecar(path: Path, sidecar: Path) -> TextTrack:
    try:
        if not sidecar.is_file():  # a pipe would never end
            raise NotUnderstoodError(f"{sidecar} is no file.")
        if sidecar.stat().st_size > MOST_BYTES:
            raise NotUnderstoodError(f"{sidecar} is too large for subtitles: at most 10 MB are read.")
        raw = sidecar.read_bytes()
    except OSError as error:
        raise NotUnderstoodError(f"{sidecar} cannot be read: {error.strerror}.") from error
    language = find_language(sidecar.name[len(path.stem) :])
    ending = _find_ending(sidecar)
    cues = tuple(parse_cues(decode_words(raw, language), ending))
    return TextTrack("lyrics" if ending in LYRICS_ENDINGS else "subtitles", language, cues)


def find_language(name: str) -> str:
    """The code in "film.de.forced.srt": two letters where it is known, else ""."""
    for part in reversed(name.split(".")[:-1]):
        if _LANGUAGE.match(part) and part.lower() not in NOT_LANGUAGES:
            code = re.split("[-_]", part.lower())[0]
            return LONG_CODES.get(code, code if len(code) == 2 else "")
    return ""


def _read_embedded(path: Path) -> list[TextTrack]:
    return [*_read_streams(path), *_read_lyrics_tags(path)]


def _read_streams(path: Path) -> list[TextTrack]:
    """Text subtitles inside a container. Pictures of letters (DVD, Blu-ray) are not words yet."""
    import av

    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            streams = [s for s in container.streams.subtitles if s.codec_context.name in TEXT_CODECS]
            cues: dict[int, list[Cue]] = {stream.index: [] for stream in streams}
            if streams:
                _collect(container, streams, cues)
            return [
                TextTrack("subtitles", find_language(f".{s.language or 'und'}.x"), tuple(cues[s.index]))
                for s in streams
                if cues[s.index]
            ]
    except (av.FFmpegError, OSError, ValueError):
        return []  # that the medium itself is damaged is told where its picture or sound is read


def _collect(container: Any, streams: list[Any], cues: dict[int, list[Cue]]) -> None:
    """What came before a broken place counts."""
    import av

    try:
        for packet in container.demux(streams):
            if packet.size and packet.pts is not None:
                words = clean_words(_read_packet(packet))
                if words:
                    cues[packet.stream.index].append(Cue(float(packet.pts * packet.time_base), words))
    except av.FFmpegError:
        return


def _read_packet(packet: Any) -> str:
    """Matroska keeps the fields of an ass line before its words; mov_text has two bytes of length before them."""
    raw = bytes(packet)
    codec = packet.stream.codec_context.name
    if codec == "mov_text":
        raw = raw[2 : 2 + int.from_bytes(raw[:2], "big")]
    text = decode_words(raw)
    if codec in ("ass", "ssa"):
        parts = text.split(",", 8)
        words = parts[-1] if len(parts) == 9 else text
        return "" if is_drawing(words) else words
    return text


def _read_lyrics_tags(path: Path) -> list[TextTrack]:
    import mutagen

    try:
        opened = mutagen.File(path)
    except (mutagen.MutagenError, OSError, ValueError, EOFError, IndexError, KeyError):
        return []  # broken tags are told by the import, which reads them first
    tags = getattr(opened, "tags", None) or {}
    cues = [cue for text in _list_lyrics(tags) for cue in parse_cues(text, "lrc")]
    return [TextTrack("lyrics", "", tuple(cues))] if cues else []


def _list_lyrics(tags: Mapping[str, Any]) -> Iterator[str]:
    for name, value in tags.items():
        if name.startswith("USLT"):
            yield str(getattr(value, "text", value))
        elif name.startswith("SYLT"):
            stamps = getattr(value, "text", [])
            yield "\n".join(f"[{ms // 60000:02}:{ms // 1000 % 60:02}.{ms % 1000:03}]{line}" for line, ms in stamps)
        elif name.lower() in LYRICS_TAGS:
            yield "\n".join(map(str, value)) if isinstance(value, list) else str(value)
