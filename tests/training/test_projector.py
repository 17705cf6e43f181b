"""The projector stage: made-up pictures, a tiny model with eyes, and nothing but the projector moves."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file
from transformers import CLIPVisionConfig, VitPoseBackboneConfig

from unipose import tasks
from unipose.model.config import PoseTokenizerConfig, UniPoseConfig, VisionConfig
from unipose.model.processor import UniPoseProcessor
from unipose.model.text_tokenizer import train_text_tokenizer
from unipose.model.unipose import UniPoseModel
from unipose.training import fitting
from unipose.training.language import train_projector
from unipose.training.stages import settings

from ..data.poses import write_pictures
from .conftest import TINY_POSES, TINY_WORDS


@pytest.fixture
def seeing(tmp_path):
    """The folder of a tiny random model with image towers."""
    torch.manual_seed(0)
    asks = [ask for task in tasks.load().values() for ask in task.asks]
    words, poses = train_text_tokenizer(asks, 300), PoseTokenizerConfig(**TINY_POSES)
    clip = CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=28, patch_size=14
    )
    pose = VitPoseBackboneConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=(32, 32))
    size = UniPoseProcessor(words, poses.num_codes, poses.num_tokens).vocabulary.size
    text = {"model_type": "mistral", "vocab_size": size, "pad_token_id": 0, "tie_word_embeddings": True, **TINY_WORDS}
    text["initializer_range"] = 0.3  # large, so that what a token sees shows
    config = UniPoseConfig(text, poses, VisionConfig(clip, pose))
    model = UniPoseModel(config)
    model.pose_tokenizer.quantizer.codebook.data.normal_()
    model.save_pretrained(tmp_path / "seeing")
    UniPoseProcessor.from_config(words, config).save_pretrained(tmp_path / "seeing")
    return tmp_path / "seeing"


def test_the_projector_alone_learns_from_pictures(seeing, small, tmp_path, monkeypatch, losses):
    monkeypatch.setattr(fitting, "HELD_OUT", 2)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    write_pictures(pictures, 10)
    how = settings("projector", tmp_path / "run", steps=24, warmup=1, learning_rate=3e-2, log_every=1)
    figures = train_projector(pictures, seeing, how)
    assert figures["val_pictures"] > 0
    curve = list(losses(tmp_path / "run").values())
    assert sum(curve[-6:]) < sum(curve[:6])
    before, after = (load_file(folder / "model.safetensors") for folder in (seeing, tmp_path / "run"))
    assert before.keys() == after.keys()
    moved = {name for name in after if not torch.equal(after[name], before[name])}
    assert moved == {name for name in after if name.startswith("vision.projector.")}
    assert set(load_file(tmp_path / "run" / "checkpoint" / "model.safetensors")) >= moved


def test_a_model_without_eyes_is_refused(tiny_folder, tmp_path):
    with pytest.raises(ValueError, match="no image towers"):
        train_projector(tmp_path, tiny_folder, settings("projector", tmp_path / "run"))
