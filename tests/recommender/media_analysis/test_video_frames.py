"""What is seen in clips: shots, motion, light; damaged, endless and empty files cost no more than they should."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.media_analysis import video_frames
from tests.media import make_audio, make_video

SIZE = (48, 64)


def write_clip(path: Path, pictures: list[NDArray[np.uint8]], rate: int = 10) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = SIZE[1], SIZE[0], "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def plain(colour: tuple[int, int, int], seconds: float) -> list[NDArray[np.uint8]]:
    return [np.full((*SIZE, 3), colour, dtype=np.uint8)] * int(10 * seconds)


def wandering(seconds: float) -> list[NDArray[np.uint8]]:
    """A bright block that moves over a dark ground."""
    pictures = []
    for number in range(int(10 * seconds)):
        picture = np.full((*SIZE, 3), 20, dtype=np.uint8)
        left = number * 3 % 48
        picture[10:40, left : left + 16] = 230
        pictures.append(picture)
    return pictures


def test_every_shot_gives_a_frame_and_cuts_are_counted(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mp4", plain((200, 20, 20), 2) + plain((20, 200, 20), 2) + plain((20, 20, 200), 2))
    watched = video_frames.analyse_video(clip)
    assert len(watched.frames) == 3
    assert [int(np.asarray(frame.image).mean(axis=(0, 1)).argmax()) for frame in watched.frames] == [0, 1, 2]
    assert 0.3 < watched.frames[0].seconds < 1.7
    assert watched.measures.cuts_per_minute == pytest.approx(60 * 2 / watched.measures.seconds_watched, rel=0.01)


def test_motion_and_brightness_distinguish_clips(tmp_path: Path) -> None:
    still = video_frames.analyse_video(write_clip(tmp_path / "still.mp4", plain((240, 240, 240), 3))).measures
    busy = video_frames.analyse_video(write_clip(tmp_path / "busy.mp4", wandering(3))).measures
    assert busy.motion > still.motion + 0.02
    assert still.brightness > 0.8 > 0.5 > busy.brightness
    assert still.palette[0].startswith(("#ee", "#ef", "#f0"))


def test_at_most_a_dozen_frames_of_the_most_different_shots(tmp_path: Path) -> None:
    noise = np.random.default_rng(3)
    shots = [plain(tuple(int(v) for v in noise.integers(0, 255, 3)), 0.5) for _ in range(30)]  # type: ignore[arg-type]
    watched = video_frames.analyse_video(
        write_clip(tmp_path / "c.mp4", [picture for shot in shots for picture in shot])
    )
    assert len(watched.frames) == video_frames.MOST_FRAMES
    assert [f.seconds for f in watched.frames] == sorted(f.seconds for f in watched.frames)


def test_a_long_clip_costs_no_more_than_its_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_frames, "WHOLE_SECONDS", 4.0)
    monkeypatch.setattr(video_frames, "WINDOWS", 3)
    monkeypatch.setattr(video_frames, "WINDOW_SECONDS", 1.0)
    clip = write_clip(tmp_path / "c.mp4", plain((200, 20, 20), 10) + plain((20, 20, 200), 10))
    watched = video_frames.analyse_video(clip)
    assert watched.measures.seconds_watched <= 3.0
    assert watched.measures.duration_seconds == pytest.approx(20, abs=0.3)
    assert {int(np.asarray(f.image).mean(axis=(0, 1)).argmax()) for f in watched.frames} == {0, 2}


def test_a_damaged_stream_gives_what_could_be_read(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "c.mkv", wandering(8))
    raw = bytearray(clip.read_bytes())
    (tmp_path / "cut.mkv").write_bytes(raw[: len(raw) * 2 // 3])
    watched = video_frames.analyse_video(tmp_path / "cut.mkv")
    assert watched.frames
    assert 0 < watched.measures.seconds_watched < 8


def test_a_file_without_video_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(NotUnderstoodError, match=r"song\.ogg has no moving picture in it\."):
        video_frames.analyse_video(make_audio(tmp_path / "song.ogg"))


@pytest.mark.parametrize("content", [b"", b"not a film", b"\x00" * 5000, b"\x1aE\xdf\xa3" + b"\xff" * 3000])
def test_a_file_that_is_not_a_film_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.mkv").write_bytes(content)
    with pytest.raises(NotUnderstoodError, match=r"odd\.mkv"):
        video_frames.analyse_video(tmp_path / "odd.mkv")
    with pytest.raises(NotFoundError, match="not there any more"):
        video_frames.analyse_video(tmp_path / "gone.mkv")


@pytest.mark.parametrize("position", [40, 400, 1500])
def test_flipped_bytes_never_end_in_anything_but_frames_or_a_sentence(tmp_path: Path, position: int) -> None:
    raw = bytearray(make_video(tmp_path / "c.mp4", 2.0).read_bytes())
    for place in range(position, min(position + 60, len(raw))):
        raw[place] ^= 0xFF
    (tmp_path / "odd.mp4").write_bytes(raw)
    try:
        assert video_frames.analyse_video(tmp_path / "odd.mp4").frames
    except NotUnderstoodError as error:
        assert "odd.mp4" in str(error)


def test_frames_of_uneven_length_keep_their_times(tmp_path: Path) -> None:
    """A variable rate: one second of red in ten frames, then five of blue in three."""
    path = tmp_path / "uneven.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = SIZE[1], SIZE[0], "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        stamps = [*range(0, 1000, 100), 1000, 3000, 5000]
        for number, stamp in enumerate(stamps):
            colour = (200, 20, 20) if number < 10 else (20, 20, 200)
            frame = av.VideoFrame.from_ndarray(np.full((*SIZE, 3), colour, dtype=np.uint8), format="rgb24")
            frame.pts, frame.time_base = stamp, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    watched = video_frames.analyse_video(path)
    assert [int(np.asarray(frame.image).mean(axis=(0, 1)).argmax()) for frame in watched.frames] == [0, 2]
    assert watched.frames[0].seconds < 1.0 <= watched.frames[1].seconds <= 5.0


def test_a_broken_index_gives_what_can_be_read_or_a_sentence(tmp_path: Path) -> None:
    raw = bytearray(write_clip(tmp_path / "c.avi", wandering(6)).read_bytes())
    start = raw.index(b"idx1")
    raw[start:] = bytes(byte ^ 0x5A for byte in raw[start:])
    (tmp_path / "torn.avi").write_bytes(raw)
    assert video_frames.analyse_video(tmp_path / "torn.avi").frames
    raw = bytearray(write_clip(tmp_path / "c.mp4", wandering(6)).read_bytes())
    start = raw.index(b"stco")
    raw[start : start + 40] = b"\xff" * 40
    (tmp_path / "torn.mp4").write_bytes(raw)
    with pytest.raises(NotUnderstoodError, match=r"torn\.mp4"):
        video_frames.analyse_video(tmp_path / "torn.mp4")


def test_an_encrypted_film_is_refused_as_such(tmp_path: Path) -> None:
    key = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "ab" * 16, "encryption_kid": "cd" * 16}
    path = tmp_path / "locked.mp4"
    with av.open(str(path), "w", options=key) as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = SIZE[1], SIZE[0], "yuv420p"
        for picture in wandering(2):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    with pytest.raises(NotUnderstoodError, match=r"locked\.mp4 is encrypted"):
        video_frames.analyse_video(path)


def test_a_short_clip_of_many_frames_is_looked_at_to_its_end(tmp_path: Path) -> None:
    red, blue = [np.full((*SIZE, 3), colour, dtype=np.uint8) for colour in ((200, 20, 20), (20, 20, 200))]
    clip = write_clip(tmp_path / "c.mp4", [red] * 1000 + [blue] * 800, rate=60)
    watched = video_frames.analyse_video(clip)
    assert watched.measures.seconds_watched > 28
    assert {int(np.asarray(f.image).mean(axis=(0, 1)).argmax()) for f in watched.frames} == {0, 2}


@pytest.mark.parametrize("whole_seconds", [90.0, 4.0])
def test_a_recording_whose_clock_began_hours_before_is_seen_from_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole_seconds: float
) -> None:
    monkeypatch.setattr(video_frames, "WHOLE_SECONDS", whole_seconds)
    path = tmp_path / "broadcast.ts"
    with av.open(str(path), "w", options={"output_ts_offset": "5000"}) as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = SIZE[1], SIZE[0], "yuv420p", 5
        for number, picture in enumerate(wandering(20)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.time_base, frame.pts = Fraction(1, 10), number + 50_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    watched = video_frames.analyse_video(path)
    assert watched.frames
    assert all(0 <= frame.seconds < 21 for frame in watched.frames)
    assert watched.measures.seconds_watched > 3


def test_a_broken_place_in_a_short_clip_costs_only_itself(tmp_path: Path) -> None:
    raw = bytearray(write_clip(tmp_path / "c.mp4", wandering(20)).read_bytes())
    place = len(raw) // 10
    raw[place : place + 400] = np.random.default_rng(1).integers(0, 256, 400, dtype=np.uint8).tobytes()
    (tmp_path / "broken.mp4").write_bytes(raw)
    assert video_frames.analyse_video(tmp_path / "broken.mp4").measures.seconds_watched > 15
