"""The towers, their mixing and the projector against recorded numbers."""

import pytest
import torch
from safetensors.torch import load_file
from transformers import VitPoseBackbone

from unipose.interop import translate
from unipose.model.config import VisionConfig
from unipose.model.vision import VisionTower, mix


@torch.no_grad()
def test_published_mixer_and_projector(golden):
    recorded = load_file(golden / "c_visual_mixer.safetensors")
    mixed = mix(recorded["clip_features"], recorded["pose_vit_features"])
    torch.testing.assert_close(mixed, recorded["projector_in"], atol=1e-5, rtol=0)
    config = VisionConfig(
        {"hidden_size": 40, "num_attention_heads": 4, "num_hidden_layers": 1, "intermediate_size": 8},
        {"hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 1},
    )
    tower = VisionTower(config, 64)
    weights = translate({name: value for name, value in recorded.items() if name.startswith("model.mm_projector")})
    tower.projector.load_state_dict({name.removeprefix("vision.projector."): w for name, w in weights.items()})
    torch.testing.assert_close(tower.projector(mixed), recorded["projected_tokens"], atol=1e-5, rtol=0)


@torch.no_grad()
def test_published_pose_tower(golden):
    config = VisionConfig(
        {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "image_size": 28},
        {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4},
    )
    tower = VisionTower(config, 4).eval()
    assert isinstance(tower.pose, VitPoseBackbone)
    state = load_file(golden / "b_pose_vit.weights.safetensors")
    prefix = "vision.pose."
    weights = translate({f"backbone.{name}": value for name, value in state.items()})
    tower.pose.load_state_dict({name.removeprefix(prefix): value for name, value in weights.items()})
    recorded = load_file(golden / "b_pose_vit.io.safetensors")
    pixels = recorded["image_256_q64"].float()[..., 32:-32] / 64
    found = tower.pose_features(pixels)
    assert found.shape == (2, 32, 16, 12)
    patches = tower.pose.embeddings.patch_embeddings(pixels)
    torch.testing.assert_close(patches, recorded["patch_tokens"], atol=1e-4, rtol=0)
    torch.testing.assert_close(found, recorded["features"], atol=1e-4, rtol=0)


@pytest.fixture
def small_tower():
    config = VisionConfig(
        {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "image_size": 28},
        {"hidden_size": 8, "num_hidden_layers": 3, "num_attention_heads": 2},
    )
    return VisionTower(config, 4)


@torch.no_grad()
def test_training_mode_drops_no_path(small_tower):
    """The release leaves the frozen tower in training mode, where it skips layers at random."""
    pixels = torch.randn(1, 3, 256, 192)
    still = small_tower.eval().pose_features(pixels)
    assert torch.equal(small_tower.train().pose_features(pixels), still)


def test_switching_modes_gives_the_tower_back(small_tower):
    assert small_tower.pose.train() is small_tower.pose and small_tower.pose.eval() is small_tower.pose
