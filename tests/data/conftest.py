"""What tests of sources share."""

from __future__ import annotations

import pytest
import torch

from unipose.data.sources import load_poses
from unipose.data.synthesis import Synthesis
from unipose.language.measuring.registry import Registry
from unipose.language.writing.writer import Writer
from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer

from .poses import write_collection


@pytest.fixture(scope="session")
def tiny_synthesis(tmp_path_factory) -> Synthesis:
    """A made-up collection and an untrained pose tokenizer: real parts, poses that mean nothing. Shared by the run."""
    torch.manual_seed(0)
    tokenizer = PoseTokenizer(PoseTokenizerConfig(hidden_size=16, num_layers=1, num_codes=64, code_width=4)).eval()
    tokenizer.quantizer.codebook.normal_()
    registry = Registry.load()
    bank = load_poses(write_collection(tmp_path_factory.mktemp("tiny")), "train")
    return Synthesis(bank, tokenizer, registry, Writer(registry))
