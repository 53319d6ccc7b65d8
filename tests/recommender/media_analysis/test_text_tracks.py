"""Text tracks beside media files and inside them, found by name, with their language."""

from __future__ import annotations

import os
from pathlib import Path

import mutagen
import pytest

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.media_analysis import text_tracks
from recommender.media_analysis.text_tracks import find_language, list_sidecars, read_text_tracks
from tests.media import make_audio, make_video

LINE = "1\n00:41:12,000 --> 00:41:14,000\nThe lighthouse is dark.\n"


def test_a_sidecar_is_found_by_name_with_its_language(tmp_path: Path) -> None:
    film = make_video(tmp_path / "Far Shore.mp4")
    (tmp_path / "Far Shore.de.srt").write_text(LINE)
    (tmp_path / "Far Shore 2.srt").write_text(LINE)
    (tmp_path / "Subs").mkdir()
    (tmp_path / "Subs" / "Far Shore.eng.forced.srt").write_text(LINE)
    tracks = read_text_tracks(film)
    assert [(track.source, track.language) for track in tracks] == [("subtitles", "de"), ("subtitles", "en")]
    assert tracks[0].cues[0].start_seconds == 2472.0


@pytest.mark.parametrize(
    ("name", "language"),
    [(".srt", ""), (".en.srt", "en"), (".pt-BR.srt", "pt"), (".ger.sdh.srt", "de"), (".Extended.srt", "")],
)
def test_the_language_is_read_from_the_name(name: str, language: str) -> None:
    assert find_language(name) == language


def test_lyrics_beside_and_inside_a_song_are_read(tmp_path: Path) -> None:
    song = make_audio(tmp_path / "song.ogg")
    (tmp_path / "song.lrc").write_text("[00:12.00]Copper rain on tin\n")
    tags = mutagen.File(song)
    tags["LYRICS"] = "Seven bells for the ferryman"
    tags.save()
    texts = [cue.text for track in read_text_tracks(song) for cue in track.cues]
    assert texts == ["Copper rain on tin", "Seven bells for the ferryman"]


def test_lyrics_in_an_mp3_are_read(tmp_path: Path) -> None:
    from mutagen.id3 import ID3, USLT

    song = make_audio(tmp_path / "song.mp3")
    tags = ID3(song)  # type: ignore[no-untyped-call]
    tags.add(USLT(encoding=3, lang="eng", desc="", text="Seven bells"))  # type: ignore[no-untyped-call]
    tags.save(song)
    (track,) = read_text_tracks(song)
    assert (track.source, track.cues[0].text) == ("lyrics", "Seven bells")


@pytest.mark.parametrize("codec", ["subrip", "ass", "webvtt"])
def test_subtitles_inside_a_container_are_read(tmp_path: Path, codec: str) -> None:
    film = mux_subtitles(tmp_path, codec)
    (track,) = read_text_tracks(film)
    assert [(cue.start_seconds, cue.text) for cue in track.cues] == [(1.5, "The lighthouse is dark.")]


def test_a_file_without_text_and_a_damaged_one_have_no_tracks(tmp_path: Path) -> None:
    assert read_text_tracks(make_audio(tmp_path / "song.ogg")) == []
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a film")
    assert read_text_tracks(broken) == []


def test_the_error_for_a_too_large_sidecar_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_tracks, "MOST_BYTES", 10)
    film = make_video(tmp_path / "film.mp4")
    (tmp_path / "film.srt").write_text(LINE)
    with pytest.raises(NotUnderstoodError, match=r"film\.srt is too large"):
        read_text_tracks(film)


def test_sidecars_of_another_film_with_the_same_prefix_are_not_used(tmp_path: Path) -> None:
    first, third = make_video(tmp_path / "Alien.mkv"), make_video(tmp_path / "Alien.3.mkv")
    for name in ("Alien.srt", "Alien.de.srt", "Alien.3.srt", "Alien.3.de.srt"):
        (tmp_path / name).write_text(LINE)
    assert [path.name for path in list_sidecars(first)] == ["Alien.de.srt", "Alien.srt"]
    assert [path.name for path in list_sidecars(third)] == ["Alien.3.de.srt", "Alien.3.srt"]
    third.unlink()
    assert len(list_sidecars(first)) == 4


def test_a_shared_folder_is_listed_once_for_all_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_for_real, listed = text_tracks._list_folder, []

    def list_folder(folder: Path) -> list[Path]:
        listed.append(folder)
        return list_for_real(folder)

    monkeypatch.setattr(text_tracks, "_list_folder", list_folder)
    for number in range(5):
        (tmp_path / f"{number}. song.lrc").write_text("[00:01.00]la")
    folders: text_tracks.Folders = {}
    sidecars = [list_sidecars(tmp_path / f"{number}. song.mp3", folders) for number in range(5)]
    assert [[path.name for path in paths] for paths in sidecars] == [[f"{number}. song.lrc"] for number in range(5)]
    assert listed == [tmp_path]


def test_a_missing_file_is_an_error_and_not_an_empty_result(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="not there any more"):
        read_text_tracks(tmp_path / "film.mkv")


def test_a_pipe_named_like_subtitles_does_not_block(tmp_path: Path) -> None:
    film = make_video(tmp_path / "film.mp4")
    os.mkfifo(tmp_path / "film.srt")
    with pytest.raises(NotUnderstoodError, match=r"film\.srt is no file"):
        read_text_tracks(film)


def test_vector_drawings_in_ass_subtitles_are_not_text(tmp_path: Path) -> None:
    assert read_text_tracks(mux_subtitles(tmp_path, "ass", line="{\\p1}m 0 0 l 100 0 100 100{\\p0}")) == []


def test_a_folder_that_is_gone_has_no_sidecars(tmp_path: Path) -> None:
    assert list_sidecars(tmp_path / "gone" / "film.mp4") == []


def mux_subtitles(folder: Path, codec: str, line: str = "The lighthouse is dark.") -> Path:
    """A Matroska file with one line of subtitles, its packets written as they are stored."""
    import av

    source = make_video(folder / "plain.mkv")
    target = folder / "film.mkv"
    (folder / "line.srt").write_text("1\n00:00:01,500 --> 00:00:02,000\nThe lighthouse is dark.\n")
    ending = {"subrip": "srt", "ass": "ass", "webvtt": "vtt"}[codec]
    path = folder / f"line.{ending}"
    if codec == "ass":
        path.write_text(
            "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name\nStyle: Default\n\n[Events]\n"
            "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
            f"Dialogue: 0,0:00:01.50,0:00:02.00,Default,,0,0,0,,{line}\n"
        )
    if codec == "webvtt":
        path.write_text("WEBVTT\n\n00:01.500 --> 00:02.000\nThe lighthouse is dark.\n")
    with av.open(str(source)) as video, av.open(str(path)) as words, av.open(str(target), "w") as out:
        streams = [out.add_stream_from_template(given.streams[0]) for given in (video, words)]
        for given, stream in zip((video, words), streams, strict=True):
            for packet in given.demux(given.streams[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    out.mux(packet)
    return target
