"""Subtitles and timed lyrics as cues: srt, vtt, ass and lrc in whatever encoding they came. Pure; opens no file."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mediarec.library.text_encoding import decode_text

MOST_CUES = 20_000  # a day of talk; more is not a subtitle
LONGEST_CUE = 500
LONGEST_RAW = 8 * LONGEST_CUE  # with its markup
WINDOW_CUES = 3  # a sentence often runs over two cues, so neighbouring windows share one
LONGEST_GAP_SECONDS = 8.0  # what is said after a longer silence is another passage

_ARROW = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->")
_LRC_STAMP = re.compile(r"\[(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?\]")
_ASS_STAMP = re.compile(r"(\d+):(\d{1,2}):(\d{1,2})[.:](\d{1,3})")
_ASS_CODE = re.compile(r"\{[^{}]*\}")
_ASS_DRAWING = re.compile(r"\{[^{}]*\\p[1-9]")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>|<\d{2}:\d{2}[\d:.]*>")
_ASS_TEXT_FIELD = 9  # where a dialogue line's text begins when the file does not say

# Where a file is not Unicode, its language says which code page is likely.
CODE_PAGES = {
    "ru": "cp1251", "uk": "cp1251", "bg": "cp1251", "sr": "cp1251", "el": "cp1253", "tr": "cp1254", "he": "cp1255",
    "ar": "cp1256", "fa": "cp1256", "pl": "cp1250", "cs": "cp1250", "sk": "cp1250", "hu": "cp1250", "hr": "cp1250",
    "sl": "cp1250", "ro": "cp1250", "et": "cp1257", "lv": "cp1257", "lt": "cp1257", "vi": "cp1258", "th": "cp874",
    "ja": "cp932", "zh": "gb18030", "ko": "cp949", "de": "cp1252", "fr": "cp1252", "es": "cp1252", "it": "cp1252",
    "pt": "cp1252", "nl": "cp1252", "sv": "cp1252", "da": "cp1252", "nb": "cp1252", "no": "cp1252", "fi": "cp1252",
}  # fmt: skip


@dataclass(frozen=True)
class Cue:
    """`start_seconds` is None for words without a time."""

    start_seconds: float | None
    text: str


def decode_words(raw: bytes, language: str = "") -> str:
    """Never fails; `language` is a two-letter code that the file's name suggests."""
    return decode_text(raw, likely=CODE_PAGES.get(language[:2].lower(), ""))


def parse_cues(text: str, ending: str) -> list[Cue]:
    """Cues in the order of time; lines that are no cue are passed over. `ending` is srt, vtt, ass, ssa, lrc or txt."""
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    readers = {"ass": _read_ass, "ssa": _read_ass, "lrc": _read_lrc, "txt": _read_plain}
    found = readers.get(ending.lower(), _read_arrows)(text)
    cues = [Cue(cue.start_seconds, clean) for cue in _take(found) if (clean := clean_words(cue.text))]
    return sorted(cues, key=lambda cue: -1.0 if cue.start_seconds is None else cue.start_seconds)


def clean_words(text: str) -> str:
    """Without markup and override codes, on one line."""
    plain = (
        _TAG.sub("", _ASS_CODE.sub("", text[:LONGEST_RAW])).replace("\\N", " ").replace("\\n", " ").replace("\\h", " ")
    )
    return " ".join(html.unescape(plain).split())[:LONGEST_CUE]


def is_drawing(words: str) -> bool:
    """Whether an ass line draws a shape instead of saying something."""
    return _ASS_DRAWING.search(words) is not None


def _take(cues: Iterator[Cue]) -> Iterator[Cue]:
    for count, cue in enumerate(cues):
        if count >= MOST_CUES:
            return
        yield cue


def _read_arrows(text: str) -> Iterator[Cue]:
    """srt and vtt: a line with an arrow, then the words up to an empty line."""
    start: float | None = None
    words: list[str] = []
    for line in [*text.split("\n"), ""]:
        stamp = _ARROW.search(line)
        if stamp:
            if start is not None and words:  # a missing empty line: the last line was the next cue's number
                yield Cue(start, " ".join(words[:-1] if words[-1].strip().isdecimal() else words))
            start, words = _seconds(stamp[1], stamp[2], stamp[3], stamp[4]), []
        elif not line.strip():
            if start is not None and words:
                yield Cue(start, " ".join(words))
            start, words = (None, []) if words else (start, words)
        elif start is not None:
            words.append(line)


def _read_ass(text: str) -> Iterator[Cue]:
    fields: list[str] = []
    for line in text.split("\n"):
        name, _, rest = line.partition(":")
        if name.strip().lower() == "format":
            fields = [field.strip().lower() for field in rest.split(",")]
        elif name.strip().lower() == "dialogue":
            place = fields.index("text") if "text" in fields else _ASS_TEXT_FIELD
            parts = rest.split(",", place)
            stamp = _ASS_STAMP.search(rest)
            if len(parts) > place and stamp and not is_drawing(parts[place]):
                yield Cue(_seconds(stamp[1], stamp[2], stamp[3], stamp[4]), parts[place])


def _read_lrc(text: str) -> Iterator[Cue]:
    """One line may carry several times, where a refrain returns; a file without any is plain lyrics."""
    if not _LRC_STAMP.search(text):
        yield from _read_plain(text)
        return
    for line in text.split("\n"):
        words = _LRC_STAMP.sub("", line)
        for stamp in _LRC_STAMP.finditer(line):
            yield Cue(_seconds(None, stamp[1], stamp[2], stamp[3] or "0"), words)


def _read_plain(text: str) -> Iterator[Cue]:
    for line in text.split("\n"):
        if line.strip() and not line.lstrip().startswith("[") and not line.rstrip().endswith("]"):
            yield Cue(None, line)


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


def join_cues(cues: Sequence[Cue]) -> list[Cue]:
    """Windows of a few cues, each sharing one with the next, timed by their first; what repeats word by word is kept
    once per window."""
    windows = []
    for run in _split_at_gaps(cues):
        step = WINDOW_CUES - 1
        for start in range(0, max(1, len(run) - 1), step):
            window = run[start : start + WINDOW_CUES]
            text = " ".join(dict.fromkeys(cue.text for cue in window))
            windows.append(Cue(window[0].start_seconds, text))
    return windows


def _split_at_gaps(cues: Iterable[Cue]) -> Iterator[list[Cue]]:
    run: list[Cue] = []
    for cue in cues:
        if run and _gap(run[-1], cue) > LONGEST_GAP_SECONDS:
            yield run
            run = []
        run.append(cue)
    if run:
        yield run


def _gap(before: Cue, after: Cue) -> float:
    if before.start_seconds is None or after.start_seconds is None:
        return 0.0
    return after.start_seconds - before.start_seconds
