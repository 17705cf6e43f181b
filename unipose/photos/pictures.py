"""A file from a stranger to a safe picture.

A small file can hold a picture of gigabytes, a picture can carry where it was taken, and a name ending proves
nothing. :func:`open_photo` looks at the header before it decodes, and gives back bare RGB pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""Pillow's names of what is read; of a format with several pictures the first."""

MAX_BYTES = 15 * 2**20
MAX_PIXELS = 64_000_000
"""Above this a JPEG is refused undecoded; 64 million is a large phone camera. It is decoded at a part of its size."""

MAX_PIXELS_WHOLE = 32_000_000
"""The same for other formats, which are decoded whole; a WebP of so many pixels takes 500 MB for a second."""

MIN_SIDE = 32
MAX_SIDE = 2048
"""Sides in pixels: smaller than the first shows nobody, larger than the second is scaled down."""

_CONVERT = "convert it to JPEG (a phone does so when it shares or exports the photo) and send that"
_MOVING = {
    "a HEIC photo, which only some programs read": (
        b"heic",
        b"heix",
        b"hevc",
        b"hevx",
        b"heim",
        b"heis",
        b"mif1",
        b"msf1",
    ),
    "an AVIF picture, which only some programs read": (b"avif", b"avis"),
    "a film, not a photo": (b"isom", b"iso2", b"mp41", b"mp42", b"qt  ", b"M4V ", b"avc1", b"3gp4", b"3gp5"),
}
_OTHERS = {
    "a PDF, not a photo": (b"%PDF",),
    "a film, not a photo": (b"\x1aE\xdf\xa3",),
    "a JPEG XL picture, which only some programs read": (b"\xff\x0a", b"\x00\x00\x00\x0cJXL "),
}


def open_photo(path: str | Path) -> Image.Image:
    """Read a photo upright, in RGB, at most ``MAX_SIDE`` pixels a side, without its metadata.

    Args:
        path: a file of one of ``FORMATS``, whatever its name says; of an animation the first frame. Transparent parts
            become white.

    Raises:
        ValueError: not such a file, cut off, too big or too small, in one line that a visitor can act on.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there is no photo at '{path}'")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(
            f"this photo is {size / 2**20:.0f} MB, at most {MAX_BYTES // 2**20} MB fit; send a smaller copy"
        )
    _refuse_kin(path)
    with _decoding():
        image = Image.open(path, formats=FORMATS)
    with image:
        _check_size(image.size, MAX_PIXELS if image.format in ("JPEG", "MPO") else MAX_PIXELS_WHOLE)
        with _decoding():
            # A JPEG can be decoded at a fraction of its size; this is what keeps a 60-megapixel photo cheap.
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))
            image.load()
            image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS, reducing_gap=3)  # before it is copied
            return _bare_rgb(ImageOps.exif_transpose(image))


def _refuse_kin(path: Path) -> None:
    """Name the formats that people send in good faith and that are not read here, by the first bytes."""
    with path.open("rb") as file:
        head = file.read(32)
    for kind, brands in _MOVING.items():
        if head[4:8] == b"ftyp" and head[8:12] in brands:
            raise ValueError(f"this is {kind}; {_CONVERT}")
    for kind, starts in _OTHERS.items():
        if head.startswith(starts):
            raise ValueError(f"this is {kind}; {_CONVERT}")


@contextmanager
def _decoding() -> Iterator[None]:
    """Whatever Pillow raises over a stranger's file is the file's fault, and is told in our words."""
    try:
        yield
    except Image.DecompressionBombError:
        raise ValueError(f"this photo has too many pixels, at most {MAX_PIXELS / 1e6:.0f} million fit") from None
    except Exception as error:  # a broken header, body or EXIF block raises any of a dozen types
        message = "this file is not a photo that can be read, or it is damaged; send a whole JPEG or PNG"
        raise ValueError(message) from error


def _check_size(size: tuple[int, int], most: int) -> None:
    width, height = size
    if width * height > most:
        limit = f"at most {most / 1e6:.0f} million fit"
        raise ValueError(f"this photo is {width} x {height} pixels, {limit}; send a smaller copy")
    if min(size) < MIN_SIDE:
        raise ValueError(f"this photo is {width} x {height} pixels, at least {MIN_SIDE} x {MIN_SIDE} are needed")


def _bare_rgb(image: Image.Image) -> Image.Image:
    """Any mode to a new RGB image that carries pixels and nothing else."""
    if image.mode.startswith("I"):  # 16-bit greyscale: Pillow would clip at 255 instead of scaling
        image = image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    bare = Image.new("RGB", image.size)
    bare.paste(image.convert("RGB"))
    return bare
