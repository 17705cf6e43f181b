"""The tokenizer stage on a tiny network: its loss falls, and it leaves a tokenizer that loads."""

from __future__ import annotations

import torch

from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.training import tokenizer as stage
from unipose.training.provenance import finished
from unipose.training.settings import LoopSettings
from unipose.training.tokenizer import Reconstruction, train_tokenizer

from .conftest import TINY_POSES


def test_it_learns_and_leaves_a_tokenizer_that_loads(workshop, tmp_path, losses, monkeypatch):
    monkeypatch.setattr(stage, "BATCH", 32)
    how = LoopSettings(out=tmp_path, steps=30, learning_rate=1e-2, warmup=5, log_every=10, threads=1)
    figures = train_tokenizer(workshop, how, PoseTokenizerConfig(**TINY_POSES))
    curve = losses(tmp_path)
    assert curve[30] < 0.8 * curve[1]
    assert figures["val_mpjpe"] > figures["val_pa_mpjpe"] > 0
    assert PoseTokenizer.from_pretrained(tmp_path).config.num_codes == 32
    assert finished(tmp_path) == figures


def test_the_loss_counts_rotations_joints_skin_and_commitment():
    torch.manual_seed(0)
    model = PoseTokenizer(PoseTokenizerConfig(**TINY_POSES)).eval()
    model.quantizer.codebook.normal_()
    poses = torch.eye(3).expand(4, 22, 3, 3)
    total, figures = Reconstruction(model)((poses, poses))
    parts = stage.ROTATION_WEIGHT * figures["rotation"] + stage.COMMITMENT_WEIGHT * figures["commitment"]
    parts += (stage.JOINT_WEIGHT * figures["joint_mm"] + stage.VERTEX_WEIGHT * figures["vertex_mm"]) / 1000
    assert torch.isclose(total, parts)
    assert figures["vertex_mm"] > 0 and figures["joint_mm"] > 0
