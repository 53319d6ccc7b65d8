"""Subtitles and lyrics in every format and old encodings; what is broken gives what could be read."""

from __future__ import annotations

import pytest

from recommender.media_analysis import subtitles as cues_module
from recommender.media_analysis.subtitles import Cue, decode_words, join_cues, parse_cues

SRT = (
    "1\r\n00:00:05,000 --> 00:00:07,000\r\n<i>Where is\r\nthe lighthouse?</i>\r\n\r\n"
    "2\r\n01:02:03,500 --> 01:02:05,000\r\n{\\an8}Gone.\r\n"
)
VTT = (
    "WEBVTT\n\nNOTE made by hand\n\n00:05.000 --> 00:07.000 line:0\n<v Ann>Where is the lighthouse?\n\n"
    "1:02:03.500 --> 1:02:05.000\nGone.\n"
)
ASS = (
    "[Events]\nFormat: Layer, Start, End, Style, Text\n"
    "Dialogue: 0,0:00:05.00,0:00:07.00,Default,Where is\\Nthe {\\i1}lighthouse?\n"
    "Dialogue: 0,0:00:06.00,0:00:07.00,Default,{\\p1}m 0 0 l 100 100\n"
    "Dialogue: 0,1:02:03.50,1:02:05.00,Default,Gone.\n"
)
LRC = "[ar:Nobody]\n[00:05.00]Where is the lighthouse?\n[62:03.50]Gone.\n"


@pytest.mark.parametrize(("text", "ending"), [(SRT, "srt"), (VTT, "vtt"), (ASS, "ass"), (LRC, "lrc")])
def test_every_format_gives_the_same_words_and_times(text: str, ending: str) -> None:
    assert parse_cues(text, ending) == [Cue(5.0, "Where is the lighthouse?"), Cue(3723.5, "Gone.")]


def test_a_refrain_with_two_times_is_there_twice() -> None:
    assert [cue.start_seconds for cue in parse_cues("[00:10.00][01:10.00]Row on", "lrc")] == [10.0, 70.0]


def test_lyrics_without_times_are_words_without_times() -> None:
    assert parse_cues("Row on\n\nthe river", "lrc") == [Cue(None, "Row on"), Cue(None, "the river")]


BROKEN = ["", "\x00\x00", "1\n00:00:05,000 -->", "99:99:99,999 --> x\n", "Dialogue: ,,,", "[aa:bb]x", "-->\n" * 500]
WHOLE = {
    "srt": "\n\n2\n00:00:07,000 --> 00:00:08,000\nStill here\n",
    "vtt": "\n\n00:00:07.000 --> 00:00:08.000\nStill here\n",
    "ass": "\n[Events]\nDialogue: 0,0:00:07.00,0:00:08.00,Default,,0,0,0,,Still here\n",
    "lrc": "\n[00:07.00]Still here\n",
}


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("ending", ["srt", "vtt", "ass"])
def test_a_broken_file_with_times_has_no_cues(text: str, ending: str) -> None:
    assert parse_cues(text, ending) == []


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("ending", WHOLE)
def test_a_whole_cue_behind_a_broken_one_is_read(text: str, ending: str) -> None:
    assert parse_cues(text + WHOLE[ending], ending)[-1] == Cue(7.0, "Still here")


@pytest.mark.parametrize("ending", ["lrc", "txt"])
def test_lines_that_are_no_times_are_words(ending: str) -> None:
    text = "\x00\n1\n00:00:05,000 -->\n99:99:99,999 --> x\n"
    assert [cue.text for cue in parse_cues(text, ending)] == ["1", "00:00:05,000 -->", "99:99:99,999 --> x"]


STAMP, NEXT = "00:00:01.000 --> 00:00:02.000\n", "00:00:03.000 --> 00:00:04.000\n"
DIALOGUE = "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,"


# What general readers of subtitles lose or add: they take the last number for the next cue's, comments for words, and
# one line they cannot read for the whole file.
@pytest.mark.parametrize(
    ("text", "ending", "words"),
    [
        (f"1\n{STAMP}Room\n101\n", "srt", ["Room 101"]),
        (f"1\n{STAMP}It is\n42\n\n2\n{NEXT}Gone.\n", "srt", ["It is 42", "Gone."]),
        (f"1\n{STAMP}From 10:00:00.0 to 11:00:00.0\n", "srt", ["From 10:00:00.0 to 11:00:00.0"]),
        (f"1\n00:00:01,000 -->\nNo end\n\n2\n{NEXT}Gone.\n", "srt", ["No end", "Gone."]),
        ("1\n00:01,000 --> 00:02,000\nNo hours\n", "srt", ["No hours"]),
        (f"WEBVTT\n\n{STAMP}Room\n101\n\n{NEXT}Gone.\n", "vtt", ["Room 101", "Gone."]),
        (f"WEBVTT\n\n{STAMP}One\n\nNOTE by hand\n\n{NEXT}Two\n", "vtt", ["One", "Two"]),
        (f"WEBVTT\n\nSTYLE\n::cue{{}}\n\nintro\n{STAMP}One\n\nscene-2\n{NEXT}Two\n", "vtt", ["One", "Two"]),
        ("WEBVTT\n\n1:02:03.5 --> 1:02:04.5\nOne\n", "vtt", ["One"]),
        (f"{DIALOGUE}One\nDialogue: 0,xx,yy,Default,,0,0,0,,Bad\n{DIALOGUE}Two\n", "ass", ["One", "Two"]),
        (f"[V4+ Styles]\nStyle: D,Arial,,&Hzz\n[Events]\n{DIALOGUE}One\n", "ass", ["One"]),
        (f"Dialogue: ,,,\n{DIALOGUE}One\n", "ass", ["One"]),
    ],
)
def test_an_unusual_file_keeps_all_that_is_said_and_nothing_else(text: str, ending: str, words: list[str]) -> None:
    assert [cue.text for cue in parse_cues(text, ending)] == words


@pytest.mark.parametrize(
    ("ending", "broken", "whole"),
    [
        ("srt", "1\n00:00:05,000 -->\nlost\n\n", "2\n00:00:06,000 --> 00:00:07,000\nHello\n"),
        ("vtt", "WEBVTT\n\n99:99 --> x\nlost\n\n", "00:06.000 --> 00:07.000\nHello\n"),
        (
            "ass",
            "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\nDialogue: ,,\n",
            "Dialogue: 0,0:00:06.00,0:00:07.00,Default,,0,0,0,,Hello\n",
        ),
        ("lrc", "[aa:bb]lost\n", "[00:06.00]Hello\n"),
    ],
)
def test_a_whole_cue_after_a_broken_one_is_read(ending: str, broken: str, whole: str) -> None:
    assert parse_cues(broken + whole, ending)[-1] == Cue(6.0, "Hello")


def test_a_missing_empty_line_does_not_swallow_the_next_cue() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nFirst\n2\n00:00:03,000 --> 00:00:04,000\nSecond\n"
    assert [cue.text for cue in parse_cues(text, "srt")] == ["First", "Second"]


@pytest.mark.parametrize(
    ("text", "encoding", "language"),
    [
        ("Où est la forêt ?", "cp1252", ""),
        ("Где маяк сегодня ночью", "cp1251", ""),
        ("Gdzie jest łódź", "cp1250", "pl"),
        ("Πού είναι ο φάρος", "cp1253", "el"),
        ("灯台はどこですか", "cp932", "ja"),
        ("Where is it", "utf-16", ""),
        ("Where is it", "utf-16-le", ""),
        ("Où est-il", "utf-8-sig", ""),
    ],
)
def test_old_encodings_are_read(text: str, encoding: str, language: str) -> None:
    assert decode_words(text.encode(encoding), language) == text


@pytest.mark.parametrize("text", ["Où est-il, déjà ? Très drôle.", "Привет, как дела? Хорошо."])
def test_a_damaged_place_makes_no_other_encoding_of_unicode(text: str) -> None:
    whole = "\n".join([text] * 20)
    assert decode_words(whole.encode() + b"\xd0") == f"{whole}\ufffd"
    assert decode_words(whole.encode("cp1251" if "П" in text else "cp1252")) == whole


@pytest.mark.parametrize("ending", ["srt", "vtt", "ass"])
@pytest.mark.parametrize("filling", ["\n", "<a", "{\\i1}a", "1\n", "\n 1"])
def test_what_repeats_for_megabytes_is_read_in_one_go(filling: str, ending: str) -> None:
    heads = {"ass": DIALOGUE}
    found = parse_cues(f"{heads.get(ending, STAMP)}a{filling * 300_000}b", ending)
    assert found and found[0].text.startswith("a") and len(found[0].text) <= cues_module.LONGEST_CUE


@pytest.mark.parametrize("ending", ["srt", "ass", "lrc"])
def test_braces_that_never_close_take_no_time(ending: str) -> None:
    heads = {"srt": "1\n00:00:01,000 --> 00:00:02,000\n", "ass": "Dialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,"}
    (cue,) = parse_cues(heads.get(ending, "[00:01.00]") + "{" * 5_000_000, ending)
    assert len(cue.text) <= cues_module.LONGEST_CUE


def test_windows_share_a_cue_and_never_bridge_a_silence() -> None:
    cues = [Cue(float(second), f"w{second}") for second in (0, 2, 4, 6, 40)]
    assert [(w.start_seconds, w.text) for w in join_cues(cues)] == [(0.0, "w0 w2 w4"), (4.0, "w4 w6"), (40.0, "w40")]


def test_every_cue_is_in_some_window() -> None:
    for count in range(1, 12):
        cues = [Cue(float(n), f"w{n}") for n in range(count)]
        text = " ".join(window.text for window in join_cues(cues))
        assert set(text.split()) == {cue.text for cue in cues}
