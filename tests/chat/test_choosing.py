"""What the name ``auto`` stands for: the official model where it is at hand and fits, else nano, and why."""

from __future__ import annotations

import logging

import pytest
import torch

from unipose import UniPose
from unipose.chat import choosing
from unipose.chat.choosing import HEADROOM, Accelerator, choose, find_accelerator


@pytest.fixture
def gpu(monkeypatch):
    """Pretend a GPU with so many bytes free; the rest of choosing is the real thing."""

    def install(free: float) -> None:
        monkeypatch.setattr(choosing, "find_accelerator", lambda: Accelerator("cuda", "a card", free))

    return install


def official(monkeypatch, named) -> None:
    monkeypatch.setenv("UNIPOSE_OFFICIAL", str(named))


def test_a_named_model_is_what_was_named():
    for name in (None, "nano", "owner/name"):
        choice = choose(name)
        assert (choice.name, choice.device, choice.why) == (name, None, "")


def test_without_a_gpu_it_is_nano(monkeypatch, tiny_folder):
    official(monkeypatch, tiny_folder)
    monkeypatch.setattr(choosing, "find_accelerator", lambda: None)
    choice = choose("auto")
    assert (choice.name, choice.device) == ("nano", "cpu") and "no GPU" in choice.why


def test_a_gpu_and_weights_that_fit_are_taken(monkeypatch, gpu, tiny_folder):
    official(monkeypatch, tiny_folder)
    gpu(HEADROOM + (tiny_folder / "model.safetensors").stat().st_size)
    choice = choose("auto")
    assert (choice.name, choice.device) == (str(tiny_folder), "cuda")
    assert str(tiny_folder) in choice.why and "a card" in choice.why and "\n" not in choice.why


def test_weights_that_do_not_fit_are_not_taken(monkeypatch, gpu, tiny_folder):
    official(monkeypatch, tiny_folder)
    gpu(HEADROOM)
    choice = choose("auto")
    assert choice.name == "nano" and "needs 2.0 GB" in choice.why and "2.0 GB free" in choice.why


def test_without_weights_it_says_where_they_were_looked_for(monkeypatch, gpu, tmp_path):
    gpu(8e10)
    monkeypatch.delenv("UNIPOSE_OFFICIAL", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    choice = choose("auto")
    assert choice.name == "nano"
    assert str(tmp_path / "unipose" / "official") in choice.why and "UNIPOSE_OFFICIAL" in choice.why
    official(monkeypatch, tmp_path)
    assert "no weights" in choose("auto").why


def test_a_hub_id_is_never_downloaded(monkeypatch, gpu, tmp_path):
    import socket

    from huggingface_hub import constants

    def refuse(*_, **__):
        raise AssertionError("a network connection was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    gpu(8e10)
    official(monkeypatch, "owner/official")
    choice = choose("auto")
    assert choice.name == "nano" and "owner/official" in choice.why and "not downloaded" in choice.why


def test_loading_auto_says_what_it_took(monkeypatch, tiny_folder, caplog):
    monkeypatch.setattr(choosing, "find_accelerator", lambda: Accelerator("cpu", "a card", 8e10))
    official(monkeypatch, tiny_folder)
    with caplog.at_level(logging.INFO, logger="unipose"):
        model = UniPose.from_pretrained("auto")
    assert model.name == str(tiny_folder) and "auto took the official model" in caplog.text


def test_the_gpu_that_is_here_is_found():
    found = find_accelerator()
    assert (found is None) == (not torch.cuda.is_available() and not torch.backends.mps.is_available())
    if found is not None:
        assert found.free > 0 and torch.device(found.device).type == found.device
