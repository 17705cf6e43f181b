"""What each stage trains, counted by name and number on a tiny model, whole and through adapters."""

from __future__ import annotations

import pytest
import torch
from transformers import CLIPVisionConfig, VitPoseBackboneConfig

from unipose.model.config import PoseTokenizerConfig, UniPoseConfig, VisionConfig
from unipose.model.unipose import UniPoseModel
from unipose.model.vision_config import PoseReaderConfig
from unipose.training.freezing import freeze, merge, part_of, trained
from unipose.training.objective import Objective
from unipose.training.stages import PARTS, STAGES, Lora

from .conftest import TINY_POSES, TINY_WORDS

LORA = Lora(rank=4, alpha=8, dropout=0.0)
HIDDEN, INNER, LAYERS = TINY_WORDS["hidden_size"], TINY_WORDS["intermediate_size"], TINY_WORDS["num_hidden_layers"]
ROWS = 20 + 32 + 4 + 40  # words, codes, markers, queries
FEATURES = 16 + 8
READ, LATENTS = 12, 40 * TINY_POSES["code_width"]  # of the pose reader
FIND, DETAIL, LOOK, GLANCE = 8, 2, 3, 10

COUNTS = {
    "pose tokenizer": None,  # counted from the module itself
    "language model": LAYERS * (4 * HIDDEN**2 + 3 * HIDDEN * INNER + 2 * HIDDEN) + HIDDEN,
    "table": ROWS * HIDDEN,
    "projector": (FEATURES + 1) * HIDDEN + (HIDDEN + 1) * HIDDEN,
    "reader": (27 * 7 + 1) * READ
    + READ  # what stands for a missing picture
    + 2 * FEATURES
    + (FEATURES + 1) * FIND
    + (FIND + 1) * (DETAIL**2 + 4) * 27
    + (FEATURES + 1) * LOOK
    + (27 * (7 + 7 + LOOK) + 1) * GLANCE
    + 2 * GLANCE
    + (GLANCE + 1) * 2 * GLANCE
    + (2 * GLANCE + 1) * GLANCE
    + (GLANCE + 2) * READ
    + 2 * (2 * READ + (READ + 1) * 2 * READ + (2 * READ + 1) * READ)
    + 2 * READ
    + (READ + 1) * (LATENTS + 3),
}
ADAPTERS = LAYERS * LORA.rank * (4 * 2 * HIDDEN + 3 * (HIDDEN + INNER))


def seeing(tied: bool = True) -> UniPoseModel:
    """A tiny model with image towers."""
    clip = CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=28, patch_size=14
    )
    pose = VitPoseBackboneConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=(32, 32))
    words = {"model_type": "mistral", "vocab_size": ROWS, "tie_word_embeddings": tied, "pad_token_id": 0, **TINY_WORDS}
    torch.manual_seed(0)
    reader = PoseReaderConfig(hidden_size=READ, num_layers=2, finder_size=FIND, glance_size=LOOK, glance_width=GLANCE)
    config = UniPoseConfig(words, PoseTokenizerConfig(**TINY_POSES), VisionConfig(clip, pose), reader)
    return UniPoseModel(config)


def expected(model: UniPoseModel, stage: str, lora: Lora | None) -> dict[str, int]:
    counts = {**COUNTS, "pose tokenizer": model.pose_tokenizer.num_parameters()}
    if lora is not None:
        counts["language model"] = ADAPTERS
    counts["towers"] = model.vision.clip.num_parameters() + model.vision.pose.num_parameters()
    return {part: counts[part] for part in STAGES[stage].trains}


@pytest.mark.parametrize("lora", [None, LORA], ids=["whole", "adapters"])
@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_trains_what_its_row_says(stage, lora):
    model = seeing()
    freeze(model, STAGES[stage], lora)
    assert trained(model) == expected(model, stage, lora if STAGES[stage].lora else None)


@pytest.mark.parametrize("stage", ["alignment", "instruction"])
def test_adapters_are_all_that_moves_inside_the_language_model(stage):
    model = seeing()
    freeze(model, STAGES[stage], LORA)
    inside = [n for n, p in model.named_parameters() if p.requires_grad and part_of(model, n) == "language model"]
    linear = {f"language_model.layers.{layer}" for layer in range(LAYERS)}
    assert inside and all(".lora_A." in name or ".lora_B." in name for name in inside)
    assert {name.split(".self_attn")[0].split(".mlp")[0] for name in inside} == linear
    assert len(inside) == 2 * 7 * LAYERS


def test_a_head_of_its_own_belongs_to_the_table():
    model = seeing(tied=False)
    freeze(model, STAGES["alignment"])
    assert trained(model)["table"] == 2 * ROWS * HIDDEN


def test_every_part_has_parameters_and_every_parameter_a_part():
    model = seeing()
    assert {part_of(model, name) for name, _ in model.named_parameters()} == set(PARTS)


class Sum(Objective):
    """The sum of all outputs: every parameter that may move has a slope."""

    def forward(self, batch):
        ids, sights, rotations = batch
        again = self.model.pose_tokenizer(rotations).rotations  # first: in training it moves the codebook
        features = self.model.vision.features(sights["pixel_values"], sights["pose_pixel_values"])
        read = self.model.pose_reader(features, sights["keypoint_values"], sights["evidence"])
        logits = self.model(ids, **sights).logits
        return sum(
            each.square().mean() for each in (logits, read.camera, read.found.marks, read.found.places, again)
        ), {}


@pytest.mark.parametrize("lora", [None, LORA], ids=["whole", "adapters"])
@pytest.mark.parametrize("stage", STAGES)
def test_what_is_frozen_does_not_move_in_two_steps(stage, lora):
    model = seeing()
    model.pose_tokenizer.quantizer.codebook.normal_()
    model.pose_tokenizer.quantizer.initialised.fill_(True)
    freeze(model, STAGES[stage], lora)
    objective = Sum(model)
    moves = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2, weight_decay=0.1)
    ids = torch.tensor([[1, 5, *[-200] * model.config.num_sight_tokens, 30, ROWS - 1]] * 2)
    rotations = torch.eye(3).expand(2, 22, 3, 3)
    # the first is seen and was detected, the second was detected alone: both ways into the reader are used
    sights = {"pixel_values": torch.randn(2, 3, 28, 28), "pose_pixel_values": torch.randn(2, 3, 32, 32)}
    sights |= {"keypoint_values": torch.randn(2, 27, 7), "evidence": torch.tensor([[True, False], [False, True]])}
    batch = ids, sights, rotations + 0 * torch.randn(2, 22, 3, 3)
    for _ in range(2):
        objective.train()
        optimizer.zero_grad()
        objective(batch)[0].backward()
        optimizer.step()
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    buffers = {name for name, _ in model.named_buffers()}
    codebook = {name for name in buffers if name.startswith("pose_tokenizer.quantizer")}
    allowed = moves | {"lm_head.weight"} | (codebook if stage == "tokenizer" else set())
    assert moved <= allowed
    # the semantic tower is read before its last layer, so that nothing pulls at what comes after
    beyond = "vision.clip.encoder.layers.1.", "vision.clip.post_layernorm."
    unread = {name for name in moves if name.startswith(beyond)}
    assert moves - moved == unread


def test_frozen_towers_stay_in_evaluation_mode_while_the_rest_trains():
    """In the release they are switched to training with the rest, and skip layers at random."""
    model = seeing()
    freeze(model, STAGES["projector"])
    objective = Objective(model).train()
    assert not any(module.training for tower in (model.vision.clip, model.vision.pose) for module in tower.modules())
    assert model.vision.projector.training and objective.training


def test_merged_adapters_leave_the_names_they_found_and_say_the_same():
    model = seeing()
    names = set(model.state_dict())
    adapters = freeze(model, STAGES["alignment"], LORA)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".lora_B." in name:
                parameter.normal_(std=0.1)
    ids = torch.tensor([[1, 5, 7, 30, ROWS - 1]])
    with torch.inference_mode():
        before = model.eval()(ids).logits
    merge(adapters)
    with torch.inference_mode():
        after = model(ids).logits
    assert set(model.state_dict()) == names
    assert torch.allclose(before, after, atol=1e-5)
