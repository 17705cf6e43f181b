"""Files from strangers: what is a photo, what is refused, and that nothing but pixels comes through."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from unipose.photos.pictures import MAX_BYTES, MAX_PIXELS_WHOLE, MAX_SIDE, open_photo


def picture(width=64, height=48, mode="RGB"):
    ramp = np.linspace(0, 255, width * height, dtype=np.uint8).reshape(height, width)
    return Image.fromarray(ramp).convert(mode)


@pytest.mark.parametrize(
    ("ending", "mode"), [("jpg", "RGB"), ("png", "L"), ("png", "P"), ("webp", "RGB"), ("jpg", "CMYK")]
)
def test_common_photos_become_rgb_of_the_same_size(tmp_path, ending, mode):
    picture(mode=mode).save(tmp_path / f"a.{ending}")
    photo = open_photo(tmp_path / f"a.{ending}")
    assert (photo.mode, photo.size) == ("RGB", (64, 48))
    assert np.ptp(np.asarray(photo)[..., 0]) > 200  # the ramp is still there


def test_a_sideways_photo_is_turned_upright_and_loses_its_metadata(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # stored rotated by 90 degrees
    exif[0x010F] = "a camera"
    picture(64, 48).save(tmp_path / "a.jpg", exif=exif)
    photo = open_photo(tmp_path / "a.jpg")
    assert photo.size == (48, 64)
    assert not photo.getexif() and not photo.info


def test_a_large_photo_is_scaled_down_in_proportion(tmp_path):
    picture(4000, 1000).save(tmp_path / "a.jpg")
    assert open_photo(tmp_path / "a.jpg").size == (MAX_SIDE, MAX_SIDE // 4)


def test_transparency_becomes_white_and_sixteen_bits_are_scaled(tmp_path):
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert open_photo(tmp_path / "clear.png").getpixel((5, 5)) == (255, 255, 255)
    Image.fromarray(np.full((40, 40), 32768, np.uint16)).save(tmp_path / "deep.png")
    assert open_photo(tmp_path / "deep.png").getpixel((5, 5))[0] in (127, 128)


def bomb(width: int, height: int) -> bytes:
    """A valid PNG header that promises far more pixels than the file has bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [int(MAX_PIXELS_WHOLE**0.5) + 1, 60_000])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path, side):
    (tmp_path / "bomb.png").write_bytes(bomb(side, side))
    with pytest.raises(ValueError, match="at most \\d+ million"):
        open_photo(tmp_path / "bomb.png")


def test_what_is_no_photo_is_refused_in_one_line(tmp_path):
    cases = {
        "text.png": b"<html>not a picture</html>",
        "empty.jpg": b"",
        "cut.png": bomb(64, 64),
        "vector.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }
    picture().save(tmp_path / "whole.jpg")
    cases["half.jpg"] = (tmp_path / "whole.jpg").read_bytes()[:300]
    picture().save(tmp_path / "other.png", format="TGA")
    cases["other.png"] = (tmp_path / "other.png").read_bytes()
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError) as refusal:
            open_photo(tmp_path / name)
        assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 200, name


def test_size_limits_name_what_was_found(tmp_path):
    picture(8, 8).save(tmp_path / "dot.png")
    with pytest.raises(ValueError, match="8 x 8 pixels, at least 32 x 32"):
        open_photo(tmp_path / "dot.png")
    with (tmp_path / "heavy.jpg").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ValueError, match="at most 15 MB"):
        open_photo(tmp_path / "heavy.jpg")
    with pytest.raises(ValueError, match="no photo at"):
        open_photo(tmp_path / "missing.jpg")


def test_a_decoder_that_stumbles_is_told_in_our_words(tmp_path, monkeypatch):
    picture().save(tmp_path / "a.jpg")
    for stumble in (struct.error, KeyError, TypeError, OverflowError, MemoryError):
        monkeypatch.setattr("unipose.photos.pictures.ImageOps.exif_transpose", lambda _, error=stumble: raises(error))
        with pytest.raises(ValueError, match="not a photo that can be read"):
            open_photo(tmp_path / "a.jpg")


def raises(error):
    raise error("of the decoder\nin two lines")


@settings(deadline=None, max_examples=150)
@given(
    head=st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]),
    tags=st.lists(
        st.tuples(st.sampled_from([0x0112, 0x8769, 0x8825, 0x010F]), st.integers(0, 14), st.integers(0, 2**32 - 1)),
        max_size=4,
    ),
    rest=st.binary(max_size=80),
)
@pytest.mark.filterwarnings("ignore")
def test_no_exif_block_is_an_accident(tmp_path_factory, head, tags, rest):
    path = tmp_path_factory.getbasetemp() / "exif.jpg"
    order = ">" if head.startswith(b"M") else "<"
    table = struct.pack(f"{order}H", len(tags)) + b"".join(
        struct.pack(f"{order}HHII", tag, kind, 1, value) for tag, kind, value in tags
    )
    picture().save(path, exif=b"Exif\0\0" + head + (table if head else b"") + rest)
    try:
        assert open_photo(path).mode == "RGB"
    except ValueError as refusal:
        assert "not a photo that can be read" in str(refusal)


@settings(deadline=None, max_examples=60)
@given(cut=st.floats(0, 1), flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), max_size=6))
def test_damaged_files_give_a_picture_or_a_value_error_and_nothing_else(tmp_path_factory, cut, flips):
    path = tmp_path_factory.getbasetemp() / "damaged.png"
    picture().save(path)
    content = bytearray(path.read_bytes())
    content = content[: max(1, int(cut * len(content)))]
    for place, mask in flips:
        content[int(place * (len(content) - 1))] ^= mask
    path.write_bytes(bytes(content))
    try:
        assert open_photo(path).mode == "RGB"
    except ValueError as refusal:
        assert "\n" not in str(refusal)
