"""The two views of a picture, pixel by pixel."""

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from unipose.model.image import clip_view, pose_view


@pytest.mark.parametrize("name", ["wide", "tall"])
def test_published_views(golden, name):
    """Bit for bit."""
    recorded = load_file(golden / "g_preprocess.safetensors")
    image = Image.fromarray(recorded[f"{name}.image_u8"].numpy())
    clip = clip_view(image)[:, ::6, ::6]
    assert torch.equal(clip, recorded[f"{name}.clip_input_s6"].reshape(clip.shape))
    # The recording is of the square, before 32 columns go on either side.
    square = pose_view(image, 256, 256)
    assert torch.equal(square[:, ::4, ::4], recorded[f"{name}.pose_vit_input_s4"].reshape(3, 64, 64))
    assert torch.equal(pose_view(image), square[:, :, 32:-32])


def test_an_odd_margin_is_split_in_two_ways():
    """Columns are numbered by their grey level; 7 too many: floor(3.5) = 3 against round(3.5) = 4."""
    columns = np.tile(np.arange(16 + 7, dtype=np.uint8) * 10, (16, 1))
    image = Image.fromarray(np.stack([columns] * 3, axis=-1))
    red = clip_view(image, 16)[0, 0] * 0.26862954 + 0.48145466
    assert (red * 255).round().tolist() == list(range(30, 190, 10))
    red = pose_view(image, 16, 16)[0, 0] * 0.229 + 0.485
    assert (red * 255).round().tolist() == list(range(40, 200, 10))


def test_other_modes_become_colour():
    assert torch.equal(
        clip_view(Image.new("L", (40, 30), 128), 14), clip_view(Image.new("RGB", (40, 30), (128,) * 3), 14)
    )
