"""Pictures are encoded once, whoever asks about them, and forgotten in order."""

import pytest
import torch

from unipose.model.config import VisionConfig
from unipose.model.decoding import DecodeSettings, decode
from unipose.model.pictures import PictureMemory
from unipose.model.vocabulary import IMAGE_PATCH

EYES = (
    {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "intermediate_size": 8, "image_size": 28},
    {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "image_size": (32, 16)},
)


@pytest.fixture
def seeing(small_model):
    """A model with eyes, and a list that grows by the number of pictures encoded."""
    model = small_model(vision_config=VisionConfig(*EYES))
    encoded = []
    model.vision.projector.register_forward_hook(lambda module, inputs, output: encoded.append(len(output)))
    return model, encoded


def views(count: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    dice = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, 28, 28, generator=dice), torch.randn(count, 3, 32, 16, generator=dice)


def sights(clip: torch.Tensor, pose: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"pixel_values": clip, "pose_pixel_values": pose}


@torch.no_grad()
def test_each_picture_is_encoded_once(seeing):
    model, encoded = seeing
    memory = PictureMemory(model)
    clip, pose = views(2)
    order = [0, 1, 0]
    found = memory.features(sights(clip[order], pose[order]))
    assert encoded == [2]
    torch.testing.assert_close(found, model.vision(clip, pose)[order])
    encoded.clear()
    assert torch.equal(memory.features(sights(clip[1:].clone(), pose[1:].clone())), found[1:2]) and encoded == []
    memory.features(sights(clip[1:], pose[:1]))  # one view differs: another picture
    assert encoded == [1]


def test_the_one_not_asked_for_longest_is_forgotten(seeing):
    model, encoded = seeing
    memory = PictureMemory(model, limit=2)
    pictures = [views(1, seed) for seed in range(3)]
    for number in (0, 1, 0, 2, 0, 1):
        memory.features(sights(*pictures[number]))
    assert len(encoded) == 4  # 0, 1, 2, and 1 again
    memory.features(sights(*views(5, seed=9)))  # more at once than are kept
    with pytest.raises(ValueError, match="at least 1 picture, found 0"):
        PictureMemory(model, limit=0)
    with pytest.raises(ValueError, match="found 2 semantic and 1 pose-aware views"):
        memory.features(sights(views(2)[0], views(1)[1]))


def test_features_answer_as_their_pictures_do(seeing):
    model, encoded = seeing
    clip, pose = views(2)
    prompt = [1, 5, *[IMAGE_PATCH] * model.config.vision_config.num_image_tokens, 6]
    ids = {"input_ids": torch.tensor([prompt, prompt])}
    wanted = DecodeSettings(max_new_tokens=20, force_pose=[True, False])
    shown = list(decode(model, ids | {"pixel_values": clip, "pose_pixel_values": pose}, wanted))
    features = PictureMemory(model).features(sights(clip, pose))
    encoded.clear()
    remembered = list(decode(model, ids | {"image_features": features}, wanted))
    assert [str(event) for event in remembered] == [str(event) for event in shown] and encoded == []
    with pytest.raises(ValueError, match="the pictures give"):
        list(decode(model, ids | {"image_features": features[:1]}, wanted))


def test_candidates_for_one_picture_share_it(seeing):
    """The same prompt with the same picture is encoded and read once; another picture makes it another prompt."""
    model, _ = seeing
    clip, pose = views(2)
    prompt = [1, 5, *[IMAGE_PATCH] * model.config.vision_config.num_image_tokens, 6]
    wanted = DecodeSettings(max_new_tokens=20, force_pose=[True, False])
    read = []
    model.language_model.register_forward_pre_hook(
        lambda module, inputs, given: read.append(len(given["inputs_embeds"])), with_kwargs=True
    )

    def answers(order):
        read.clear()
        inputs = {"input_ids": torch.tensor([prompt, prompt]), "pixel_values": clip[order]}
        return list(map(str, decode(model, inputs | {"pose_pixel_values": pose[order]}, wanted))), read[0]

    def alone(picture, force):
        inputs = {"input_ids": torch.tensor([prompt]), "pixel_values": clip[picture : picture + 1]}
        one = DecodeSettings(max_new_tokens=20, force_pose=force)
        return list(decode(model, inputs | {"pose_pixel_values": pose[picture : picture + 1]}, one))

    for order, first in (([0, 0], 1), ([0, 1], 2)):
        told, rows = answers(order)
        assert rows == first and len(told) == sum(len(alone(picture, row == 0)) for row, picture in enumerate(order))
