"""Files that are damaged, cut off, partial or made to do harm: one clear line, and nothing runs."""

import json
import os
import pickle
import random
import subprocess
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as some
from safetensors.torch import load_file, save_file

from unipose.interop import convert
from unipose.interop.checkpoints import open_sharded, open_weights

from .layout import vision, write_lightning


class Payload:
    """Unpickled without care, it makes a file."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def refused(work, *arguments):
    """What is said, in one line."""
    with pytest.raises(ValueError) as caught:
        work(*arguments)
    message = str(caught.value)
    assert len(message.splitlines()) == 1 and len(message) < 500, message
    return message


PARTS = {
    "tokenhmr": lambda files: files.tokenhmr,
    "pose_vqvae": lambda files: files.pose_vqvae,
    "trained": lambda files: files.unipose / "non_lora_trainables.bin",
    "adapter": lambda files: files.unipose / "adapter_model.bin",
}


@pytest.mark.parametrize("part", PARTS)
def test_a_malicious_pickle_runs_nothing(spoiled, tmp_path, part):
    path, trace = PARTS[part](spoiled), tmp_path / "trace"
    state = {name: weight.read().clone() for name, weight in open_weights(path).items()}
    torch.save({"state_dict": OrderedDict(state), "hyper_parameters": Payload(os.mkdir, str(trace))}, path)
    torch.load(path, weights_only=False)
    assert trace.exists()  # the payload works
    trace.rmdir()
    said = refused(convert, spoiled, tmp_path / "out", "bf16", "4GB", vision())
    assert "refused" in said and path.name in said and "would run" in said
    assert not trace.exists() and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "payload",
    [
        (exec, "open({!r}, 'w')"),
        (eval, "open({!r}, 'w')"),
        (os.system, "touch {}"),
        (subprocess.getoutput, "touch {}"),
    ],
    ids=["exec", "eval", "os.system", "subprocess"],
)
@pytest.mark.parametrize("protocol", [2, 4])
def test_kinds_of_malice(tmp_path, payload, protocol):
    trace, path = tmp_path / "trace", tmp_path / "evil.ckpt"
    function, argument = payload
    bomb = Payload(function, argument.format(str(trace)))
    torch.save({"state_dict": {"a": torch.zeros(1)}, "callbacks": [bomb]}, path, pickle_protocol=protocol)
    assert "refused" in refused(open_weights, path)
    path.write_bytes(pickle.dumps({"a": bomb}, protocol))  # a bare pickle, as before torch 1.6
    assert "no whole archive of torch.save" in refused(open_weights, path)
    torch.save({"a": bomb}, path, _use_new_zipfile_serialization=False)
    assert "no whole archive of torch.save" in refused(open_weights, path)
    assert not trace.exists()


def test_stand_ins_run_nothing_either(tmp_path):
    """A name that is known is read as an empty shell, whatever it is called with."""
    path = tmp_path / "a.ckpt"
    write_lightning(path, {"a": torch.ones(2)})
    with pytest.raises(ModuleNotFoundError):  # of a package that is not installed, nor needed
        torch.load(path, weights_only=False)
    assert torch.equal(open_weights(path)["a"].read(), torch.ones(2))
    trace = tmp_path / "trace"
    torch.save({"state_dict": {"a": torch.ones(2)}, "x": Payload(Path, str(trace))}, path)
    assert list(open_weights(path)) == ["a"]


@settings(max_examples=60, deadline=None)
@given(share=some.floats(0, 0.999), part=some.sampled_from(sorted(PARTS)))
def test_a_file_cut_anywhere(release, tmp_path_factory, share, part):
    whole = PARTS[part](release)
    data = whole.read_bytes()
    path = tmp_path_factory.mktemp("cut") / whole.name
    path.write_bytes(data[: int(share * len(data))])
    refused(open_weights, path)


@settings(max_examples=60, deadline=None)
@example(share=0.9658310898464242, flip=106, part="adapter")  # a line break in the name of an archive's member
@given(share=some.floats(0, 0.9999), flip=some.integers(1, 255), part=some.sampled_from(sorted(PARTS)))
def test_a_byte_changed_anywhere(release, tmp_path_factory, share, flip, part):
    """It is noticed, or it stands where nothing reads it."""
    whole = PARTS[part](release)
    data = bytearray(whole.read_bytes())
    data[int(share * len(data))] ^= flip
    path = tmp_path_factory.mktemp("flip") / whole.name
    path.write_bytes(data)
    try:
        found = {name: weight.read() for name, weight in open_weights(path).items()}
    except ValueError as error:
        assert len(str(error).splitlines()) == 1
    else:
        expected = {name: weight.read() for name, weight in open_weights(whole).items()}
        torch.testing.assert_close(found, expected, atol=0, rtol=0)


@settings(max_examples=40, deadline=None)
@given(share=some.floats(0, 0.999))
def test_a_shard_cut_anywhere(release, tmp_path_factory, share):
    whole = sorted(release.base.glob("*.safetensors"))[0]
    data = whole.read_bytes()
    path = tmp_path_factory.mktemp("cut") / whole.name
    path.write_bytes(data[: int(share * len(data))])
    assert "fetch it again" in refused(open_weights, path)


def test_a_compressed_archive(release, tmp_path):
    path = tmp_path / "packed.bin"
    with zipfile.ZipFile(PARTS["trained"](release)) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
    assert "damaged" in refused(open_weights, path)


@pytest.mark.parametrize(
    "content",
    [
        [1, 2],
        7,
        {},
        {"state_dict": {}},
        {"a": 1},
        {"state_dict": {"a": "b"}},
        {"a": torch.eye(2).to_sparse()},
        {"a": torch.empty(2, device="meta")},
    ],
    ids=str,
)
def test_no_weights_inside(tmp_path, content):
    path = tmp_path / "a.bin"
    torch.save(content, path)
    assert "'" + str(path) in refused(open_weights, path)


def test_what_is_no_checkpoint(tmp_path):
    path = tmp_path / "a.ckpt"
    assert "there is no file" in refused(open_weights, path)
    path.write_bytes(b"")
    assert "is empty" in refused(open_weights, path)
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert "git lfs pull" in refused(open_weights, path)
    path.write_text("<html>sign in first</html>")
    assert "no whole archive" in refused(open_weights, path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "refused" in refused(open_weights, path)
    path.write_bytes(random.Random(0).randbytes(5000))
    assert "no whole archive" in refused(open_weights, path)


def test_a_partial_base(spoiled):
    shard = sorted(spoiled.base.glob("*.safetensors"))[1]
    held = shard.read_bytes()
    shard.unlink()
    assert f"lacks 1 of the 3 shards in its index: {shard.name}" in refused(open_sharded, spoiled.base)
    other = sorted(spoiled.base.glob("*.safetensors"))[0]
    shard.write_bytes(other.read_bytes())
    assert "disagree about" in refused(open_sharded, spoiled.base)
    shard.write_bytes(held)
    index = spoiled.base / "model.safetensors.index.json"
    homes = json.loads(index.read_text())["weight_map"]
    for wrong in ({}, [], {"a": 1}, "x", {**homes, "a": "../release/best_MPJPE.ckpt"}, {**homes, "lost": shard.name}):
        index.write_text(json.dumps({"weight_map": wrong}))
        refused(open_sharded, spoiled.base)
    index.write_text("{" * 100_000)
    refused(open_sharded, spoiled.base)
    index.write_text("[" * 100_000)
    refused(open_sharded, spoiled.base)


def test_a_broken_number_in_the_base(spoiled, tmp_path):
    shard = next(path for path in spoiled.base.glob("*.safetensors") if "model.norm.weight" in load_file(path))
    weights = load_file(shard)
    weights["model.norm.weight"][3] = torch.inf
    save_file(weights, shard)
    said = refused(convert, spoiled, tmp_path / "out", "bf16", "4GB", vision())
    assert shard.name in said and "model.norm.weight holds NaN or infinity" in said
    assert not (tmp_path / "out").exists() and not (tmp_path / "out.partial").exists()


def test_whole_numbers_for_weights(spoiled, tmp_path):
    path = PARTS["trained"](spoiled)
    weights = torch.load(path, weights_only=True)
    weights["base_model.model.lm_head.weight"] = weights["base_model.model.lm_head.weight"].to(torch.int8)
    torch.save(weights, path)
    said = refused(convert, spoiled, tmp_path / "out", "bf16", "4GB", vision())
    assert "has lm_head.weight as torch.int8; fetch the files as published" in said


def test_a_fused_weight_without_shape(spoiled, tmp_path):
    state = {name: weight.read().clone() for name, weight in open_weights(spoiled.tokenhmr).items()}
    state["backbone.blocks.0.attn.qkv.weight"] = torch.tensor(1.0)
    write_lightning(spoiled.tokenhmr, state)
    assert "attn.qkv.weight" in refused(convert, spoiled, tmp_path / "out", "bf16", "4GB", vision())


def test_numbers_too_large_for_half(spoiled, tmp_path):
    path = PARTS["trained"](spoiled)
    weights = torch.load(path, weights_only=True)
    weights["base_model.model.lm_head.weight"][0, 0] = 1e6
    torch.save(weights, path)
    said = refused(convert, spoiled, tmp_path / "out", "f16", "4GB", vision())
    assert "lm_head.weight has numbers too large for torch.float16; convert to bf16" in said
