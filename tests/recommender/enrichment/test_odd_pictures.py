"""Unusual pictures: wrong extensions, CMYK, 16 bits, animations, extreme aspect ratios and truncated files."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mediarec.library.artwork import read_picture
from mediarec.library.errors import NotFoundError, NotUnderstoodError
from recommender.duplicates import MAX_HAMMING_DISTANCE, hamming_distance
from recommender.enrichment.media_extractors import perceptual_hash
from recommender.enrichment.sources import open_picture


def test_the_format_is_read_from_the_content_and_not_the_extension(tmp_path: Path) -> None:
    Image.new("RGB", (30, 40), "teal").save(tmp_path / "poster.jpg", "PNG")
    assert open_picture(tmp_path / "poster.jpg").getpixel((5, 5)) == (0, 128, 128)


def test_cmyk_and_palettes_and_grey_become_rgb(tmp_path: Path) -> None:
    for mode in ("CMYK", "L", "P", "1", "LA", "RGBA"):
        ending = "tiff" if mode == "CMYK" else "png"
        Image.new("RGB", (30, 40), "white").convert(mode).save(tmp_path / f"{mode}.{ending}")
        opened = open_picture(tmp_path / f"{mode}.{ending}")
        assert (opened.mode, opened.getpixel((5, 5))) == ("RGB", (255, 255, 255))


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path: Path) -> None:
    values = np.tile(np.linspace(0, 65535, 64, dtype=np.uint16), (32, 1))
    Image.fromarray(values).save(tmp_path / "deep.png")
    row = np.asarray(open_picture(tmp_path / "deep.png"))[0, :, 0]
    assert (row[0], row[-1]) == (0, 255)
    assert 110 < row[32] < 145


@pytest.mark.parametrize("ending", ["png", "tiff"])
def test_artwork_of_sixteen_bits_is_scaled_and_not_clipped(ending: str) -> None:
    values = np.tile(np.linspace(0, 65535, 64, dtype=np.uint16), (32, 1))
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, ending)
    row = np.asarray(read_picture(buffer.getvalue()))[0, :, 0]
    assert (row[0], row[-1]) == (0, 255)
    assert 110 < row[32] < 145


def test_floating_point_artwork_is_read(tmp_path: Path) -> None:
    values = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (32, 1))
    values[3, 3] = np.nan
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "TIFF")
    row = np.asarray(read_picture(buffer.getvalue()))[0, :, 0]
    assert (row[0], row[-1]) == (0, 255)


def test_transparent_artwork_gets_a_white_background() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(buffer, "PNG")
    assert read_picture(buffer.getvalue()).getpixel((3, 3)) == (255, 255, 255)


def test_a_transparent_picture_gets_a_white_background(tmp_path: Path) -> None:
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert open_picture(tmp_path / "clear.png").getpixel((3, 3)) == (255, 255, 255)


def test_an_animation_gives_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    red, _, blue = open_picture(tmp_path / "moving.gif").getpixel((3, 3))  # type: ignore[misc]
    assert red > 200 > 50 > blue


def test_twenty_thousand_pixels_wide_is_read_and_far_more_is_refused(tmp_path: Path) -> None:
    Image.new("L", (20_000, 50)).save(tmp_path / "wide.png")
    assert open_picture(tmp_path / "wide.png").size == (20_000, 50)
    Image.new("1", (20_000, 20_000)).save(tmp_path / "huge.png")
    with pytest.raises(NotUnderstoodError, match=r"huge\.png"):
        open_picture(tmp_path / "huge.png")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_error_for_a_truncated_file_names_it(tmp_path: Path, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "torn.jpg")
    raw = (tmp_path / "torn.jpg").read_bytes()
    (tmp_path / "torn.jpg").write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(NotUnderstoodError, match=r"torn\.jpg cannot be read"):
        open_picture(tmp_path / "torn.jpg")
    with pytest.raises(NotFoundError):
        open_picture(tmp_path / "gone.jpg")


def test_a_perceptual_hash_survives_scaling_and_dimming() -> None:
    noise = np.random.default_rng(2).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    picture = Image.fromarray(noise).resize((400, 600), Image.Resampling.BICUBIC)
    smaller = picture.resize((200, 300)).point(lambda value: int(value * 0.8))
    other = Image.fromarray(noise[::-1]).resize((400, 600), Image.Resampling.BICUBIC)
    assert hamming_distance(perceptual_hash(picture), perceptual_hash(smaller)) <= MAX_HAMMING_DISTANCE
    assert hamming_distance(perceptual_hash(picture), perceptual_hash(other)) > MAX_HAMMING_DISTANCE
