"""Sights: keypoints and pictures become tokens; what is missing changes nothing."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from unipose.body.keypoints import KEYPOINT_MIRROR
from unipose.body.pose import yaw_matrix
from unipose.body.postures import standing
from unipose.body.skeleton import mirror_rotations
from unipose.model.config import VisionConfig
from unipose.model.pose_reader import LOCATED, PICTURED
from unipose.model.processor import UniPoseProcessor
from unipose.model.sight import KEYPOINT_WIDTH, Sight, keypoint_view
from unipose.model.text_tokenizer import train_text_tokenizer
from unipose.model.unipose import UniPoseModel
from unipose.model.vision_config import PoseReaderConfig
from unipose.model.vocabulary import IMAGE_PATCH
from unipose.training.nano import with_eyes

CLIP = {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "intermediate_size": 8, "image_size": 28}
POSE = {"hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "image_size": (32, 16)}
SMALL = PoseReaderConfig(hidden_size=16, num_layers=1, finder_size=8, glance_size=3, glance_width=8)
POINTS = 27


def people(count: int = 2, seed: int = 0) -> dict[str, torch.Tensor]:
    dice = torch.Generator().manual_seed(seed)
    return {
        "pixel_values": torch.randn(count, 3, 28, 28, generator=dice),
        "pose_pixel_values": torch.randn(count, 3, 32, 16, generator=dice),
        "keypoint_values": torch.randn(count, POINTS, KEYPOINT_WIDTH, generator=dice),
        "evidence": torch.ones(count, 2, dtype=torch.bool),
    }


@pytest.fixture(scope="module")
def seeing(small_model):
    """With towers and a pose reader, whose codebook is not all zeros."""
    model = small_model(vision_config=VisionConfig(CLIP, POSE, clip_layer=-1), reader_config=SMALL)
    model.pose_tokenizer.quantizer.codebook.normal_()
    torch.nn.init.normal_(model.pose_reader.no_picture)
    return model


@torch.no_grad()
def test_a_sight_is_the_pictures_tokens_and_then_those_of_the_pose(seeing):
    sights = people()
    tokens = seeing.see(**sights)
    cells = seeing.config.vision_config.num_image_tokens
    assert tokens.shape == (2, cells + 6, 32) and seeing.config.num_sight_tokens == cells + 6
    torch.testing.assert_close(
        tokens[:, :cells], seeing.vision(sights["pixel_values"], sights["pose_pixel_values"]), rtol=1e-5, atol=1e-6
    )


@torch.no_grad()
@pytest.mark.parametrize(("missing", "names"), [(PICTURED, ("pixel", "pose_pixel")), (LOCATED, ("keypoint",))])
def test_what_is_not_there_may_be_anything(seeing, missing, names):
    sights = people()
    sights["evidence"][0, missing] = False
    before = seeing.see(**sights)
    changed = {name: value.clone() for name, value in sights.items()}
    for name in names:
        changed[f"{name}_values"][0] += 3.0
    torch.testing.assert_close(seeing.see(**changed), before, rtol=1e-5, atol=1e-5)
    for name in names:
        changed[f"{name}_values"][1] += 3.0
    after = seeing.see(**changed)
    assert torch.allclose(after[0], before[0], atol=1e-5) and not torch.allclose(after[1], before[1], atol=1e-3)


@torch.no_grad()
def test_a_read_pose_looks_to_the_language_model_as_its_codes_in_a_prompt(nano_folder):
    """Facing forward, whichever way the person in the photo faces."""
    model = UniPoseModel.from_pretrained(nano_folder).eval()
    tokenizer = model.pose_tokenizer
    turned = standing().rotations.clone()
    turned[0] = yaw_matrix(torch.tensor(torch.pi))  # as in a mirror, so that both readings agree
    forward = tokenizer.encode(standing().rotations[None])
    if model.pose_reader is None:
        model = with_eyes(model, pictured=False).eval()
    read = tokenizer.quantizer.lookup(tokenizer.encode(turned[None]))
    model.pose_reader.pose.weight.zero_()
    model.pose_reader.pose.bias.copy_(read.flatten())
    seen = model.see(keypoint_values=torch.randn(1, POINTS, KEYPOINT_WIDTH), evidence=torch.tensor([[False, True]]))
    shown = model.embed(forward + model.vocabulary.first_code)
    alike = torch.nn.functional.cosine_similarity(seen[:, -forward.shape[1] :], shown, dim=-1)
    assert float(alike.mean()) > 0.9
    others = model.embed(tokenizer.encode(turned[None]) + model.vocabulary.first_code)
    trunk = slice(0, 10)  # whose tokens tell which way a body faces
    apart = torch.nn.functional.cosine_similarity(others, shown, dim=-1)[:, trunk]
    assert float(apart.mean()) < 0.7 < float(alike[:, trunk].mean())


@torch.no_grad()
def test_a_model_without_towers_reads_keypoints_alone(small_model):
    model = small_model(reader_config=SMALL)
    sights = {name: value for name, value in people().items() if "pixel" not in name}
    assert model.see(**sights).shape == (2, 6, 32) and model.config.num_sight_tokens == 6
    assert model.read_poses(**sights).shape == (2, 22, 3, 3)
    reading = model.pose_reader(None, sights["keypoint_values"], sights["evidence"])
    assert reading.latents.shape == (2, 6, 4) and reading.camera.shape == (2, 3)


@torch.no_grad()
def test_whoever_is_seen_in_a_mirror_is_read_mirrored(seeing):
    """Whatever the weights: people are read both ways."""
    sights = people()
    mirrored = {name: value.flip(-1) for name, value in sights.items() if "pixel" in name}
    points = sights["keypoint_values"][:, list(KEYPOINT_MIRROR)]
    across = points.new_tensor([-1, 1, 1, -1, 1, 1, 1])
    mirrored |= {"keypoint_values": points * across, "evidence": sights["evidence"]}
    poses, others = seeing.read_poses(**sights), seeing.read_poses(**mirrored)
    torch.testing.assert_close(others, mirror_rotations(poses), atol=1e-5, rtol=0)
    assert not torch.allclose(others, poses, atol=1e-2)
    torch.testing.assert_close(poses @ poses.mT, torch.eye(3).expand_as(poses), atol=1e-5, rtol=0)


@torch.no_grad()
def test_pictures_may_be_for_the_reader_alone(small_model, words):
    model = small_model(
        vision_config=VisionConfig(CLIP, POSE, clip_layer=-1), reader_config=SMALL, picture_tokens=False
    )
    model.pose_tokenizer.quantizer.codebook.normal_()
    torch.nn.init.ones_(model.pose_reader.glance.scale)
    sights = people()
    seen = model.see(**sights)
    assert seen.shape == (2, 6, 32) and model.config.num_sight_tokens == 6
    sights["pixel_values"][0] += 3.0
    changed = model.read_poses(**sights)
    sights["pixel_values"][0] -= 3.0
    assert not torch.allclose(changed[0], model.read_poses(**sights)[0], atol=1e-4)
    with pytest.raises(ValueError, match="no projector"):
        model.vision(sights["pixel_values"], sights["pose_pixel_values"])
    processor = UniPoseProcessor(
        words, 8, 6, 6, False, num_keypoints=POINTS, clip_side=28, pose_height=32, pose_width=16
    )
    views = processor.views([Sight(Image.new("RGB", (40, 30)))])
    assert views["pose_pixel_values"].shape == (1, 3, 32, 16)
    with pytest.raises(ValueError, match="shown to nobody"):
        small_model(vision_config=VisionConfig(CLIP, POSE), picture_tokens=False)


@torch.no_grad()
def test_where_nobody_is_pictured_the_pictures_tokens_are_nothing(seeing):
    sights = people()
    sights["evidence"][:, PICTURED] = False
    tokens = seeing.see(**sights)
    assert not tokens[:, : seeing.config.vision_config.num_image_tokens].any()
    bare = seeing.see(keypoint_values=sights["keypoint_values"], evidence=sights["evidence"])
    torch.testing.assert_close(bare, tokens)


def test_what_does_not_fit_is_refused(seeing, small_model):
    sights = people()
    with pytest.raises(ValueError, match="keypoint_values and evidence together"):
        seeing.see(keypoint_values=sights["keypoint_values"])
    with pytest.raises(ValueError, match="pixel_values and pose_pixel_values together"):
        seeing.see(pixel_values=sights["pixel_values"])
    with pytest.raises(ValueError, match="neither pictures nor keypoints"):
        seeing.see()
    towers = small_model(vision_config=VisionConfig(CLIP, POSE))
    with pytest.raises(ValueError, match="reads no keypoints"):
        towers.see(**sights)
    with pytest.raises(ValueError, match="no pose reader"):
        towers.read_poses(pixel_values=sights["pixel_values"], pose_pixel_values=sights["pose_pixel_values"])
    with pytest.raises(ValueError, match="no image towers"):
        small_model().see(**sights)


def test_a_seeing_model_comes_back_from_its_folder(seeing, tmp_path):
    seeing.save_pretrained(tmp_path)
    again = UniPoseModel.from_pretrained(tmp_path).eval()
    assert again.config.reader_config.hidden_size == SMALL.hidden_size
    with torch.no_grad():
        torch.testing.assert_close(again.see(**people()), seeing.see(**people()))


# -- what a person in a photo becomes ------------------------------------------------------------------------------


@given(seed=some.integers(0, 10_000), scale=some.floats(0.1, 1e4), x=some.floats(-1e3, 1e3), y=some.floats(-1e3, 1e3))
def test_where_and_how_large_a_person_is_does_not_matter(seed, scale, x, y):
    dice = torch.Generator().manual_seed(seed)
    points = torch.rand(POINTS, 3, generator=dice, dtype=torch.float64)
    points[torch.rand(POINTS, generator=dice) < 0.3] = 0
    moved = points.clone()
    moved[:, :2] = points[:, :2] * scale + torch.tensor([x, y])
    torch.testing.assert_close(keypoint_view(moved), keypoint_view(points), rtol=1e-3, atol=2e-3)


def test_a_view_is_upright_between_minus_one_and_one_and_zero_where_nothing_is():
    points = torch.zeros(POINTS, 3)
    points[0] = torch.tensor([50.0, 10.0, 0.9])  # the upper one
    points[5] = torch.tensor([30.0, 110.0, 0.4])
    view = keypoint_view(points, torch.ones(POINTS, 3))
    assert view[0].tolist() == pytest.approx([0.2, 1.0, 0.9, 1, 1, 1, 1])
    assert view[5].tolist() == pytest.approx([-0.2, -1.0, 0.4, 1, 1, 1, 1])
    assert not view[[1, 2, 3, 4, *range(6, POINTS)]].any()
    assert not keypoint_view(points)[..., 3:].any()


@pytest.fixture(scope="module")
def words():
    return train_text_tokenizer(["What is the pose of this person? The arms are raised."], 270)


@pytest.fixture(scope="module")
def processor(seeing, words):
    config = seeing.config
    return UniPoseProcessor(
        words, 8, 6, config.num_sight_tokens, num_keypoints=POINTS, clip_side=28, pose_height=32, pose_width=16
    )


def test_sights_of_all_kinds_share_a_batch(processor, seeing):
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 30, 3), np.uint8))
    points = np.random.default_rng(1).random((POINTS, 3))
    sights = [photo, Sight(photo, points), Sight(None, points, points)]
    batch = processor([[{"role": "user", "content": [{"type": "image", "image": one}]}] for one in sights])
    assert batch["evidence"].tolist() == [[True, False], [True, True], [False, True]]
    assert (batch["input_ids"] == IMAGE_PATCH).sum(1).tolist() == [seeing.config.num_sight_tokens] * 3
    assert batch["keypoint_values"][1, :, 3:].abs().sum() == 0 and batch["keypoint_values"][2, :, 6].all()
    assert torch.equal(batch["pixel_values"][0], batch["pixel_values"][1])


def test_only_keypoints_need_no_picture(processor):
    views = processor.views([Sight(None, np.ones((POINTS, 3)))])
    assert set(views) == {"keypoint_values", "evidence"}


def test_a_sight_that_is_none_is_refused(processor):
    with pytest.raises(ValueError, match="neither a picture nor keypoints"):
        Sight()
    with pytest.raises(ValueError, match="landmarks without keypoints"):
        Sight(Image.new("RGB", (40, 40)), world=np.zeros((POINTS, 3)))
    with pytest.raises(ValueError, match=r"expected keypoints \[27, 3\], found \[17, 3\]"):
        processor.views([Sight(None, np.ones((17, 3)))])
