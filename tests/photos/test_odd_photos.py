"""Odd and hostile files end in a picture or a clear sentence, soon and in little memory."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unipose.photos.pictures import MAX_PIXELS, MAX_PIXELS_WHOLE, open_photo

ROOT = Path(__file__).resolve().parents[2]


def frames(count=3):
    return [Image.new("RGB", (64, 48), (80 * index, 0, 0)) for index in range(count)]


@pytest.mark.parametrize("ending", ["gif", "png", "webp", "tiff"])
def test_of_an_animation_the_first_frame_is_read(tmp_path, ending):
    first, *others = frames()
    first.save(tmp_path / f"a.{ending}", save_all=True, append_images=others, duration=100)
    photo = open_photo(tmp_path / f"a.{ending}")
    assert (photo.mode, photo.size) == ("RGB", (64, 48)) and photo.getpixel((9, 9))[0] < 9


@pytest.mark.parametrize(("ending", "mode"), [("bmp", "RGB"), ("tiff", "CMYK"), ("gif", "P"), ("tiff", "I;16")])
def test_formats_of_scanners_and_old_programs_are_read(tmp_path, ending, mode):
    Image.fromarray(
        np.full((40, 50), 200 * 256 if ";" in mode else 200, np.uint16 if ";" in mode else np.uint8)
    ).convert(mode).save(tmp_path / f"a.{ending}")
    photo = open_photo(tmp_path / f"a.{ending}")
    assert photo.mode == "RGB" and abs(photo.getpixel((5, 5))[0] - 200) < 3


@pytest.mark.parametrize("ending", ["png", "webp", "gif", "tiff"])
def test_transparency_becomes_white(tmp_path, ending):
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(tmp_path / f"a.{ending}")
    assert open_photo(tmp_path / f"a.{ending}").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC photo.*convert it to JPEG"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF picture.*convert it to JPEG"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "a film, not a photo"),
        (b"%PDF-1.7\n", "a PDF, not a photo"),
    ],
)
def test_formats_that_people_send_in_good_faith_are_named(tmp_path, head, told):
    (tmp_path / "photo.jpg").write_bytes(head + bytes(200))
    with pytest.raises(ValueError, match=told) as refusal:
        open_photo(tmp_path / "photo.jpg")
    assert "\n" not in str(refusal.value)


def test_one_pixel_is_too_small(tmp_path):
    for ending in ("png", "gif", "bmp", "tiff"):
        Image.new("RGB", (1, 1)).save(tmp_path / f"a.{ending}")
        with pytest.raises(ValueError, match="1 x 1 pixels, at least"):
            open_photo(tmp_path / f"a.{ending}")


@pytest.mark.parametrize("order", range(1, 9))
def test_every_way_a_camera_can_be_held_comes_upright(tmp_path, order):
    upright = Image.new("RGB", (80, 40), "white")
    upright.paste((255, 0, 0), (0, 0, 20, 20))  # the upper left corner
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's turns that a camera held so would have made
    stored = upright if order == 1 else upright.transpose(Image.Transpose(undo[order]))
    exif = Image.Exif()
    exif[0x0112] = order
    stored.save(tmp_path / "a.png", exif=exif)
    photo = open_photo(tmp_path / "a.png")
    assert photo.size == (80, 40) and photo.getpixel((5, 5)) == (255, 0, 0) and photo.getpixel((70, 5)) != (255, 0, 0)


def flat_png(path: Path, side: int) -> None:
    """A real PNG of one colour, written line by line: kilobytes that unfold to 3 bytes a pixel."""
    packer = zlib.compressobj(9)
    line = b"\0" + bytes(3 * side)
    body = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


# The peak of this process alone; what getrusage tells counts the parent's.
MEASURED = """
import sys, time
from unipose.photos.pictures import open_photo
def peak():
    return next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
before, start = peak(), time.process_time()
try:
    told = str(open_photo(sys.argv[1]).size)
except ValueError as refusal:
    told = str(refusal)
print(time.process_time() - start, peak() - before, told)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is told by /proc")
@pytest.mark.timed  # decodes the largest pictures that are let in, each in a fresh process to see its memory
@pytest.mark.parametrize(
    ("name", "megabytes", "told"),
    [
        ("bomb.png", 20, "12000 x 12000 pixels, at most 32 million"),
        ("bomb.jpg", 20, "12000 x 12000 pixels, at most 64 million"),
        ("largest.png", 300, "(2048, 2048)"),
        ("largest.jpg", 200, "(2048, 2048)"),
        ("largest.webp", 600, "(2048, 2048)"),
    ],
)
def test_the_largest_files_cost_seconds_and_megabytes(tmp_path, name, megabytes, told):
    most = MAX_PIXELS if name.endswith("jpg") else MAX_PIXELS_WHOLE
    side = 12_000 if name.startswith("bomb") else int(most**0.5)
    if name.endswith("png"):
        flat_png(tmp_path / name, side)
    else:
        Image.new("RGB", (side, side), "navy").save(tmp_path / name)
    for _ in range(3):  # the quickest of three: most of the time is the kernel handing out memory, which varies
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, str(tmp_path / name)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        seconds, used, answer = done.stdout.strip().split(" ", 2)
        if float(seconds) < 2:
            break
    assert told in answer and float(seconds) < 2 and float(used) < megabytes, done.stdout
