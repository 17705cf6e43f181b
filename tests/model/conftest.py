"""A tiny random network for the tests of this folder, and the published vectors with the networks they come from."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import LlamaTokenizer

from unipose.interop import load_official
from unipose.model.config import PoseTokenizerConfig, UniPoseConfig, VisionConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel

SIZES = {"num_codes": 64, "code_width": 16, "hidden_size": 32, "z_up": False}
"""Of the recorded pose tokenizer, whose rotations are compared as they are."""
PARTS = {"trunk": 1, "head": 1, "left_arm": 1, "right_arm": 1, "left_leg": 1, "right_leg": 1}


@pytest.fixture(scope="session")
def golden(shared: Path) -> Path:
    """The folder of vectors recorded from the official release."""
    return shared / "reference" / "golden" / "unipose"


@pytest.fixture(scope="session")
def published(golden):
    """Builds the network of a recorded case: all share their weights, but for the head."""
    raw = json.loads((golden / "d_model.config.json").read_text())
    text = {name: value for name, value in raw.items() if not name.startswith("mm_") and name != "rope_theta"}
    text |= {"model_type": "mistral", "rope_parameters": {"rope_type": "default", "rope_theta": raw["rope_theta"]}}
    vision = VisionConfig(
        {"hidden_size": 40, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4},
        {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
        clip_layer=raw["mm_vision_select_layer"],
    )
    poses = PoseTokenizerConfig.official(**SIZES)
    weights = load_file(golden / "d_model.weights.safetensors")
    tokenizer = load_file(golden / "d_pose_vqvae.weights.safetensors")
    weights |= {f"model.pose_vqvae.{name}": value for name, value in tokenizer.items()}

    def build(record: dict[str, torch.Tensor]) -> UniPoseModel:
        model = UniPoseModel(UniPoseConfig(text, poses, vision)).eval()
        load_official(model, {**weights, "lm_head.weight": record["lm_head.weight"]})
        return model

    return build


@pytest.fixture(scope="session")
def published_processor(golden, tmp_path_factory) -> UniPoseProcessor:
    """The official chat format over the recorded sentencepiece model."""
    folder = tmp_path_factory.mktemp("words")
    (folder / "tokenizer.model").write_bytes((golden / "d_tokenizer.sentencepiece.model").read_bytes())
    tokenizer = LlamaTokenizer.from_pretrained(folder, add_prefix_space=False)
    tokenizer.pad_token = tokenizer.unk_token
    spaces = {"reply_prefix": " ", "reply_suffix": " ", "run_prefix": " "}
    return UniPoseProcessor(tokenizer, num_codes=64, num_queries=80, num_image_tokens=576, **spaces)


@pytest.fixture
def published_tokenizer(golden) -> PoseTokenizer:
    """The pose tokenizer of the recordings ``a_``."""
    config = PoseTokenizerConfig.official(**SIZES)
    model = PoseTokenizer(config).eval()
    found = model.load_state_dict(load_file(golden / "a_pose_vqvae.weights.safetensors"), strict=False)
    assert not found.unexpected_keys
    assert set(found.missing_keys) == {f"quantizer.{name}" for name in ("code_sum", "code_count", "initialised")}
    return model


@pytest.fixture(scope="session")
def small_config():
    """Builds a configuration: 20 words, 8 codes, 6 tokens a pose; arguments as in :class:`UniPoseConfig`."""

    def build(model_type: str = "llama", text: dict | None = None, **settings) -> UniPoseConfig:
        sizes = {
            "model_type": model_type,
            "vocab_size": 20 + 8 + 4 + 6,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 256,
            "initializer_range": 0.3,  # large, so that what a token sees shows in the logits
            "tie_word_embeddings": False,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "pad_token_id": 0,
        }
        poses = PoseTokenizerConfig(num_codes=8, code_width=4, hidden_size=8, num_layers=1, part_tokens=PARTS)
        return UniPoseConfig({**sizes, **(text or {})}, poses, **settings)

    return build


@pytest.fixture(scope="session")
def small_model(small_config):
    """Builds a random model in evaluation mode; arguments as ``small_config``."""

    def build(seed: int = 0, **settings) -> UniPoseModel:
        torch.manual_seed(seed)
        return UniPoseModel(small_config(**settings)).eval()

    return build
