"""Devices, dtypes and quantisation by name; what must stay exact stays float32."""

import importlib.util

import pytest
import torch

from unipose.model.decoding import DecodeSettings, PoseEvent, decode
from unipose.model.runtime import (
    available_devices,
    load_network,
    pick_device,
    pick_dtype,
    quantisation,
)
from unipose.model.unipose import UniPoseModel

CPU = torch.device("cpu")


def test_devices_by_name():
    there = available_devices()
    assert there[-1] == "cpu" and pick_device() == torch.device(there[0]) and pick_device("cpu") == CPU
    with pytest.raises(ValueError, match="unknown device 'gpu'; give auto, cuda, mps or cpu"):
        pick_device("gpu")
    for name in {"cuda", "mps"} - set(there):
        with pytest.raises(ValueError, match=f"no device '{name}'.*it has .*cpu"):
            pick_device(name)


def test_dtypes_by_name():
    assert pick_dtype("auto", CPU) == torch.float32 and pick_dtype("auto", torch.device("mps")) == torch.bfloat16
    assert pick_dtype("bfloat16", CPU) == torch.bfloat16 == pick_dtype(torch.bfloat16, CPU)
    with pytest.raises(ValueError, match="unknown dtype 'int8'; give auto, float32"):
        pick_dtype("int8", CPU)


def test_loads_ready_to_answer(small_model, tmp_path):
    made = small_model(seed=1)
    made.save_pretrained(tmp_path)
    for dtype in (torch.float32, torch.bfloat16):
        model = load_network(tmp_path, CPU, dtype)
        assert not model.training and model.static_steps is None and model.dtype == dtype
        assert {p.dtype for p in model.pose_tokenizer.parameters()} == {torch.float32}
        rope = model.language_model.rotary_emb.inv_freq
        torch.testing.assert_close(rope, made.language_model.rotary_emb.inv_freq, rtol=0, atol=0)
        events = list(decode(model, {"input_ids": torch.tensor([[1, 5]])}, DecodeSettings(force_pose=True)))
        assert isinstance(events[0], PoseEvent)


def test_quantisation_says_what_it_lacks(tmp_path):
    with pytest.raises(ValueError, match="4-bit weights need a CUDA device, found 'cpu'"):
        load_network(tmp_path, CPU, torch.float32, bits=4)
    with pytest.raises(ValueError, match="4 or 8 bits, found 3"):
        quantisation(3, torch.bfloat16)
    if importlib.util.find_spec("bitsandbytes") is None:
        with pytest.raises(ValueError, match="8-bit weights need the package bitsandbytes: pip install"):
            quantisation(8, torch.bfloat16)


@pytest.mark.parametrize("bits", [4, 8])
def test_only_the_layers_of_the_language_model_are_quantised(small_model, tmp_path, bits):
    pytest.importorskip("bitsandbytes", reason="an optional package")
    small_model().save_pretrained(tmp_path)
    setting = quantisation(bits, torch.bfloat16)
    options = {"dtype": torch.bfloat16, "device_map": {"": "cpu"}, "quantization_config": setting}
    model = UniPoseModel.from_pretrained(tmp_path, **options).eval()
    packed = {name for name, module in model.named_modules() if "bit" in type(module).__name__}
    layers = {
        name
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and name.startswith("language_model.layers")
    }
    assert packed == layers
    assert {p.dtype for p in model.pose_tokenizer.parameters()} == {torch.float32}
