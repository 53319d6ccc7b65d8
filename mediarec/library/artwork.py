"""Artwork files: validated, scaled down and stored by content hash. Knows no models of taste."""

import hashlib
import io
import warnings
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from mediarec.library.atomic_files import READ_BY_ALL, write_atomically
from mediarec.library.errors import NotUnderstoodError
from mediarec.library.models import Item

LONGEST_SIDE = 720
MOST_PIXELS = 60_000_000  # a poster scanned at 600 dpi; more is a mistake or an attack
MOST_BYTES = 40 * 1024 * 1024
WEBP_QUALITY = 84
EIGHT_BITS, SIXTEEN_BITS = 255.0, 65535.0
# Allowed formats. Pillow would also pass PostScript to an external program, which is not needed here.
PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "JPEG2000", "AVIF")


def store_artwork(item: Item, image_bytes: bytes, *, drawn: bool = False) -> str:
    """Stores a picture as the item's artwork and returns its file name. The item is saved.

    Raises NotUnderstoodError with a sentence for something that is not a picture or is too large.
    """
    name = write_artwork(read_picture(image_bytes))
    item.artwork, item.artwork_is_drawn = name, drawn
    item.save(update_fields=["artwork", "artwork_is_drawn", "updated_at"])
    return name


def read_picture(image_bytes: bytes) -> Image.Image:
    """Decodes untrusted bytes into an upright RGB picture of at most LONGEST_SIDE. Raises NotUnderstoodError."""
    if len(image_bytes) > MOST_BYTES:
        raise NotUnderstoodError(f"The picture is too large: {len(image_bytes) // 2**20} MB, at most 40.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(image_bytes), formats=PICTURE_FORMATS)
            if picture.width * picture.height > MOST_PIXELS:
                raise NotUnderstoodError(f"The picture is too large: {picture.width} by {picture.height} pixels.")
            picture.draft("RGB", (LONGEST_SIDE * 2, LONGEST_SIDE * 2))
            upright = flatten_picture(ImageOps.exif_transpose(picture))
    except UnidentifiedImageError as error:  # its own message names the object in memory
        raise NotUnderstoodError(f"The picture cannot be read: it is none of {', '.join(PICTURE_FORMATS)}.") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotUnderstoodError(f"The picture cannot be read: {error}.") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return upright


def flatten_picture(picture: Image.Image) -> Image.Image:
    """8-bit RGB: 16-bit values are scaled rather than clipped, and transparency is composed over white."""
    if picture.mode.startswith("I") or picture.mode == "F":
        scale = EIGHT_BITS / _white_value(picture)
        return picture.convert("F").point(lambda value: value * scale + 0.0).convert("L").convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        background = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(background, layered).convert("RGB")
    return picture.convert("RGB")


def _white_value(picture: Image.Image) -> float:
    """The value of white in a picture of more than eight bits, by its mode, else by its maximum."""
    if picture.mode.startswith("I;16"):
        return SIXTEEN_BITS
    highest = float(picture.getextrema()[1])  # type: ignore[arg-type]
    if picture.mode == "F" and highest <= 1.0:
        return 1.0
    return EIGHT_BITS if highest <= EIGHT_BITS else SIXTEEN_BITS


def write_artwork(picture: Image.Image) -> str:
    """Writes a picture atomically under the hash of its content and returns the file name."""
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=WEBP_QUALITY, method=2)
    data = buffer.getvalue()
    name = f"{hashlib.sha256(data).hexdigest()}.webp"
    folder: Path = settings.ARTWORK_ROOT
    target = folder / name
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with write_atomically(target, READ_BY_ALL) as file:
            file.write(data)
    return name


def artwork_path(item: Item) -> Path | None:
    """The path of the item's picture; None if it has none or the file is missing."""
    if not item.artwork:
        return None
    path: Path = settings.ARTWORK_ROOT / Path(item.artwork).name
    return path if path.is_file() else None


def remove_unused_artwork(names: set[str]) -> int:
    """Deletes those of the named files that no item uses; returns how many."""
    used = set(Item.objects.filter(artwork__in=names).values_list("artwork", flat=True))
    removed = 0
    for name in names - used - {""}:
        path: Path = settings.ARTWORK_ROOT / Path(name).name
        if path.is_file():
            path.unlink()
            removed += 1
    return removed
