"""A tiny random network for the tests of this folder, and the published vectors."""

from pathlib import Path

import pytest
import torch

from unipose.model.config import PoseTokenizerConfig, UniPoseConfig
from unipose.model.unipose import UniPoseModel

PARTS = {"trunk": 1, "head": 1, "left_arm": 1, "right_arm": 1, "left_leg": 1, "right_leg": 1}


@pytest.fixture(scope="session")
def golden(shared: Path) -> Path:
    """The folder of vectors recorded from the official release."""
    return shared / "reference" / "golden" / "unipose"


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
