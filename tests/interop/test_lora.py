"""The adapter is merged by the formula of the library that trained it, and other kinds are refused."""

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from torch import nn

from unipose.interop import convert
from unipose.interop.lora import open_adapter

from .layout import vision


class Net(nn.Module):
    """Two layers by names of the official model, and one without a change."""

    def __init__(self, width, out):
        super().__init__()
        self.q_proj, self.down_proj = nn.Linear(width, out, bias=False), nn.Linear(out, width, bias=False)
        self.head = nn.Linear(width, 3, bias=False)

    def forward(self, x):
        return self.head(self.down_proj(self.q_proj(x)))


@settings(max_examples=25, deadline=None)
@given(
    rank=some.integers(1, 6),
    alpha=some.sampled_from([1, 6, 16, 0.5]),
    stable=some.booleans(),
    width=some.integers(1, 9),
    out=some.integers(1, 9),
    named=some.sampled_from([["q_proj", "down_proj"], "q_proj|down_proj"]),
    binary=some.booleans(),
)
def test_merged_as_by_the_library(tmp_path_factory, rank, alpha, stable, width, out, named, binary):
    folder = tmp_path_factory.mktemp("adapter")
    torch.manual_seed(0)
    net = Net(width, out)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    config = LoraConfig(r=rank, lora_alpha=alpha, use_rslora=stable, target_modules=named, init_lora_weights="gaussian")
    tuned = get_peft_model(net, config)
    for name, value in tuned.named_parameters():
        if "lora_B" in name:
            nn.init.normal_(value)
    tuned.save_pretrained(folder)
    if binary:  # as the release has it
        torch.save(load_file(folder / "adapter_model.safetensors"), folder / "adapter_model.bin")
        (folder / "adapter_model.safetensors").unlink()
    adapter = open_adapter(folder, {name: tuple(value.shape) for name, value in before.items()})
    expected = tuned.merge_and_unload().state_dict()
    assert not torch.equal(expected["q_proj.weight"], before["q_proj.weight"])
    for name, value in before.items():
        torch.testing.assert_close(adapter.merged(name, value), expected[name], atol=1e-6, rtol=1e-6)


def test_the_library_s_half_precision_is_the_same_but_for_rounding(tmp_path):
    torch.manual_seed(0)
    net = Net(32, 32).bfloat16()
    before = net.q_proj.weight.detach().clone()
    tuned = get_peft_model(net, LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj"], init_lora_weights=False))
    tuned.save_pretrained(tmp_path)
    adapter = open_adapter(tmp_path, {"q_proj.weight": (32, 32)})
    merged = adapter.merged("q_proj.weight", before)
    assert merged.dtype == torch.float32
    found = tuned.merge_and_unload().state_dict()["q_proj.weight"].float()
    assert (merged - found).abs().max() <= 2**-8 * found.abs().max()


def change(path, **entries):
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"use_dora": True}, "sets use_dora"),
        ({"modules_to_save": ["lm_head"]}, "sets modules_to_save"),
        ({"rank_pattern": {"q_proj": 8}}, "sets rank_pattern"),
        ({"fan_in_fan_out": True}, "sets fan_in_fan_out"),
        ({"bias": "all"}, "has bias 'all'"),
        ({"init_lora_weights": "pissa"}, "'pissa', which changes the base weights too"),
        ({"peft_type": "LOHA"}, "peft_type 'LOHA'"),
        ({"r": None}, "lacks r"),
        ({"r": 8}, "expected .* from rank 8"),
        ({"target_modules": r"model\.layers\.\d+\.self_attn\.q_proj"}, "changes 12 modules that are no targets"),
        ({"target_modules": r"model\.layers\..*_proj|lm_head"}, "lacks the changes of 1 targets, first lm_head"),
        ({"target_modules": ["q_proj"]}, "lacks the changes of 3 targets, first model.vision_tower"),
    ],
)
def test_settings_that_do_not_fit(spoiled, tmp_path, entry, said):
    change(spoiled.unipose / "adapter_config.json", **entry)
    with pytest.raises(ValueError, match=said):
        convert(spoiled, tmp_path / "out", vision=vision())


def test_weights_that_do_not_fit(spoiled, tmp_path):
    path = spoiled.unipose / "adapter_model.bin"
    whole = torch.load(path, weights_only=True)
    first = next(iter(whole))
    for wrong, said in (
        ({name: value for name, value in whole.items() if name != first}, "one half of 1 changes"),
        ({name: value for name, value in whole.items() if "layers.1" not in name}, "lacks the changes of 7 targets"),
        (whole | {"base_model.model.extra": torch.zeros(1)}, "1 weights that are no LoRA"),
        (whole | {first: torch.full_like(whole[first], torch.nan)}, "holds NaN or infinity"),
    ):
        torch.save(wrong, path)
        with pytest.raises(ValueError, match=said):
            convert(spoiled, tmp_path / "out", vision=vision())
    path.unlink()
    save_file(whole, path.with_suffix(".safetensors"))
    convert(spoiled, tmp_path / "out", vision=vision())
