"""Official names: every one has one place here, and nothing is left out silently."""

import json

import pytest
import torch

from unipose.interop import load_official, translate
from unipose.model.config import PoseTokenizerConfig, UniPoseConfig
from unipose.model.unipose import UniPoseModel

from .layout import recorded_state, vision


@pytest.fixture
def state(golden):
    return recorded_state(golden)


@pytest.fixture
def model(golden):
    raw = json.loads((golden / "d_model.config.json").read_text())
    text = {name: value for name, value in raw.items() if not name.startswith(("mm_", "rope_"))}
    poses = PoseTokenizerConfig.official(num_codes=64, code_width=16, hidden_size=32)
    return UniPoseModel(UniPoseConfig({**text, "model_type": "mistral"}, poses, vision()))


def test_every_weight_arrives(model, state):
    noise = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    extras = {"model.image_newline": torch.zeros(64), "model.pose_vqvae.loss.weight": torch.zeros(1)}
    load_official(model, {**state, **extras})
    for name, value in model.state_dict().items():
        constant = value.unique().numel() == 1  # norms and running counts
        assert constant or not torch.equal(value, noise[name]), name
    assert torch.equal(model.lm_head.weight, state["lm_head.weight"])
    assert model.pose_tokenizer.quantizer.initialised


def test_published_pose_tower_names_fit_its_size(golden):
    shapes = json.loads((golden / "b_pose_vit.official_keys.json").read_text())
    with torch.device("meta"):
        model = UniPoseModel(UniPoseConfig.official())
        state = {f"backbone.{name}": torch.empty(shape) for name, shape in shapes.items()}
    ours = {name: list(value.shape) for name, value in model.state_dict().items() if name.startswith("vision.pose.")}
    assert {name: list(value.shape) for name, value in translate(state).items()} == ours
    assert len(shapes) == 389


@pytest.mark.parametrize("lost", ["lm_head.weight", "model.embed_tokens.weight", "model.mm_projector.0.weight"])
def test_a_missing_weight_is_named(model, state, lost):
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    del state[lost]
    with pytest.raises(ValueError, match=f"1 missing, first .*{lost.split('.')[-2]}.weight"):
        load_official(model, state)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_other_misfits_are_named(model, state):
    with pytest.raises(ValueError, match=r"of another shape, first lm_head.weight \[500, 64\] for \[508, 64\]"):
        load_official(model, {**state, "lm_head.weight": state["lm_head.weight"][:500]})
    with pytest.raises(ValueError, match="1 unexpected, first language_model.layers.9.mlp.up_proj.weight"):
        load_official(model, {**state, "model.layers.9.mlp.up_proj.weight": torch.zeros(2)})
    with pytest.raises(ValueError, match="transformer.wte is no weight of the official model"):
        load_official(model, {**state, "transformer.wte": torch.zeros(2)})
