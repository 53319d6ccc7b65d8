"""Text tracks of a media file: subtitles and lyrics, in sidecars and embedded. Knows no tables."""

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
MOST_BYTES = 10 * 1024 * 1024  # a film's subtitles take about a tenth of a megabyte
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
    """All cues of one source in one language. `source` is "subtitles" or "lyrics"; `language` a code or ""."""

    source: str
    language: str
    cues: tuple[Cue, ...]


def read_text_tracks(path: Path) -> list[TextTrack]:
    """Tracks from the sidecars, then from the file itself. Raises a MediarecError naming the first file
    that cannot be read.
    """
    if not path.is_file():  # an unmounted drive must not delete the stored text
        raise NotFoundError(f"{path} is not there any more.")
    tracks = [track for sidecar in list_sidecars(path) if (track := _read_sidecar(path, sidecar)).cues]
    return [*tracks, *_read_embedded(path)]


def list_sidecars(path: Path, folders: Folders | None = None) -> list[Path]:
    """Files named after the media file ("film.srt", "film.de.srt"), beside it or in a subtitle folder.

    `folders` is a cache of folder listings that the caller may share, so that a folder of thousands is listed once.
    """
    folders = {} if folders is None else folders
    if path.parent not in folders:
        folders[path.parent] = _read_names(path.parent)
    same_stem = folders[path.parent].get(path.stem, [])
    others = [f"{other.stem}." for other in same_stem if _extension(other) in MEDIA_ENDINGS and other.stem != path.stem]
    sidecars = [other for other in same_stem if _extension(other) in (*SUBTITLE_ENDINGS, *LYRICS_ENDINGS)]
    # "Alien.3.srt" belongs to "Alien.3.mkv" where that exists, not to "Alien.mkv"
    return [other for other in sidecars if not other.name.startswith(tuple(others))][:MOST_SIDECARS]


def _read_names(folder: Path) -> dict[str, list[Path]]:
    """Files by every stem they may belong to: "film.de.srt" is listed under "film.de" and "film"."""
    siblings = _list_folder(folder)
    subtitle_folders = [_list_folder(other) for other in siblings if other.name.lower() in SUBTITLE_FOLDERS]
    by_stem: dict[str, list[Path]] = {}
    for other in (other for names in (siblings, *subtitle_folders) for other in names):
        if _extension(other) in READ_ENDINGS:
            for dot in (index for index, letter in enumerate(other.name) if letter == "."):
                by_stem.setdefault(other.name[:dot], []).append(other)
    return by_stem


def _list_folder(folder: Path) -> list[Path]:
    """[] for a folder that is gone; opening the media file reports the error."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _extension(path: Path) -> str:
    return path.suffix.lower().lstrip(".")


def _read_sidecar(path: Path, sidecar: Path) -> TextTrack:
    try:
        if not sidecar.is_file():  # reading a pipe would block
            raise NotUnderstoodError(f"{sidecar} is no file.")
        if sidecar.stat().st_size > MOST_BYTES:
            raise NotUnderstoodError(f"{sidecar} is too large for subtitles: at most 10 MB are read.")
        raw = sidecar.read_bytes()
    except OSError as error:
        raise NotUnderstoodError(f"{sidecar} cannot be read: {error.strerror}.") from error
    language = find_language(sidecar.name[len(path.stem) :])
    ending = _extension(sidecar)
    cues = tuple(parse_cues(decode_words(raw, language), ending))
    return TextTrack("lyrics" if ending in LYRICS_ENDINGS else "subtitles", language, cues)


def find_language(name: str) -> str:
    """The language code in "film.de.forced.srt": two letters where known, else ""."""
    for part in reversed(name.split(".")[:-1]):
        if _LANGUAGE.match(part) and part.lower() not in NOT_LANGUAGES:
            code = re.split("[-_]", part.lower())[0]
            return LONG_CODES.get(code, code if len(code) == 2 else "")
    return ""


def _read_embedded(path: Path) -> list[TextTrack]:
    return [*_read_streams(path), *_read_lyrics_tags(path)]


def _read_streams(path: Path) -> list[TextTrack]:
    """Text subtitles inside a container. Bitmap subtitles (DVD, Blu-ray) are not read."""
    import av

    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            streams = [s for s in container.streams.subtitles if s.codec_context.name in TEXT_CODECS]
            cues: dict[int, list[Cue]] = {stream.index: [] for stream in streams}
            if streams:
                _demux_cues(container, streams, cues)
            return [
                TextTrack("subtitles", find_language(f".{s.language or 'und'}.x"), tuple(cues[s.index]))
                for s in streams
                if cues[s.index]
            ]
    except (av.FFmpegError, OSError, ValueError):
        return []  # damage is reported where the video or audio is decoded


def _demux_cues(container: Any, streams: list[Any], cues: dict[int, list[Cue]]) -> None:
    """Appends cues to `cues` by stream index; on a demuxing error, those read before it are kept."""
    import av

    try:
        for packet in container.demux(streams):
            if packet.size and packet.pts is not None:
                text = clean_words(_read_packet(packet))
                if text:
                    cues[packet.stream.index].append(Cue(float(packet.pts * packet.time_base), text))
    except av.FFmpegError:
        return


def _read_packet(packet: Any) -> str:
    """The text of a subtitle packet. Matroska stores the ASS fields before the text; mov_text starts with
    two bytes of length.
    """
    raw = bytes(packet)
    codec = packet.stream.codec_context.name
    if codec == "mov_text":
        raw = raw[2 : 2 + int.from_bytes(raw[:2], "big")]
    text = decode_words(raw)
    if codec in ("ass", "ssa"):
        fields = text.split(",", 8)
        dialogue = fields[-1] if len(fields) == 9 else text
        return "" if is_drawing(dialogue) else dialogue
    return text


def _read_lyrics_tags(path: Path) -> list[TextTrack]:
    import mutagen

    try:
        tagged_file = mutagen.File(path)
    except (mutagen.MutagenError, OSError, ValueError, EOFError, IndexError, KeyError):
        return []  # damaged tags are reported by the import, which reads them first
    tags = getattr(tagged_file, "tags", None) or {}
    cues = [cue for text in _list_lyrics(tags) for cue in parse_cues(text, "lrc")]
    return [TextTrack("lyrics", "", tuple(cues))] if cues else []


def _list_lyrics(tags: Mapping[str, Any]) -> Iterator[str]:
    for name, value in tags.items():
        if name.startswith("USLT"):
            yield str(getattr(value, "text", value))
        elif name.startswith("SYLT"):
            timed_lines = getattr(value, "text", [])
            yield "\n".join(
                f"[{milliseconds // 60000:02}:{milliseconds // 1000 % 60:02}.{milliseconds % 1000:03}]{line}"
                for line, milliseconds in timed_lines
            )
        elif name.lower() in LYRICS_TAGS:
            yield "\n".join(map(str, value)) if isinstance(value, list) else str(value)
