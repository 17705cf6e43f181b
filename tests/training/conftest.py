"""What the tests of training share: made-up data, a tiny pose tokenizer and small sizes."""

from __future__ import annotations

import json

import pytest
import torch
from accelerate.state import AcceleratorState

from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.training import mixture, nano

from ..data.poses import write_collection

TINY_POSES = {"hidden_size": 16, "num_layers": 1, "num_codes": 32, "code_width": 4}
TINY_WORDS = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
TINY_WORDS |= {"num_attention_heads": 2, "num_key_value_heads": 2}


@pytest.fixture(scope="session")
def workshop(tmp_path_factory):
    """A folder with a pose collection, and a pose tokenizer to start from in ``tokenizer``."""
    folder = tmp_path_factory.mktemp("workshop")
    write_collection(folder, count=80)
    torch.manual_seed(0)
    tokenizer = PoseTokenizer(PoseTokenizerConfig(**TINY_POSES))
    tokenizer.quantizer.codebook.normal_()
    tokenizer.save_pretrained(folder / "tokenizer")
    return folder


@pytest.fixture(autouse=True)
def alone():
    """Each test sets up its processes and precision anew; the library keeps them for the life of a process."""
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture
def small(monkeypatch):
    """Nano and its steps, a few thousand times smaller."""
    few = ({"generate": 3, "describe": 2}, {"edit": 2, "compare": 1})
    monkeypatch.setattr(nano, "NANO", {**nano.NANO, **TINY_WORDS})
    monkeypatch.setattr(nano, "WORDS_FROM_EXAMPLES", 80)
    monkeypatch.setattr(mixture, "MIXTURES", {"alignment": few, "projector": ({"pictures": 4},), "instruction": few})


@pytest.fixture(scope="session")
def losses():
    """The training losses in the log of a run, by step."""

    def read(folder):
        lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
        return {line["step"]: line["loss"] for line in lines if "loss" in line}

    return read
