"""The release in miniature, converted: the recorded model's numbers, one whole folder, little memory."""

import ctypes
import gc
import hashlib
import json
import re
import sys
import threading
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from typer.testing import CliRunner

from tests.model.recorded import conversations_of, inputs_of, read
from unipose import UniPose, cli
from unipose.chat import sharing
from unipose.interop import convert, load_official
from unipose.model.decoding import DecodeSettings, PoseEvent, TokenEvent, decode
from unipose.model.unipose import UniPoseModel

from .layout import TRAINED, VISION, recorded_state, vision, write_release

CASES = ("text2pose", "pose_edit_mixed_reply", "pose_difference", "image2pose", "batch2_pose_left_padded")


@pytest.fixture(scope="module")
def opened(converted):
    return UniPose.from_pretrained(converted)


def said(model, inputs):
    """Replies in the recorded form: a dummy begin, the tokens, and the end of text."""
    words = model.vocabulary
    rows = [[1] for _ in inputs["input_ids"]]
    for event in decode(model, inputs, DecodeSettings(max_new_tokens=120)):
        if isinstance(event, TokenEvent):
            rows[event.row].append(event.token_id)
        elif isinstance(event, PoseEvent):
            rows[event.row] += [words.begin, *(event.codes + words.first_code).tolist(), words.end]
        else:
            rows[event.row].append(2)
    return rows


@pytest.mark.parametrize("case", CASES)
@torch.no_grad()
def test_a_converted_model_says_what_was_recorded(golden, opened, case):
    record, model = read(golden, case), opened.model
    if case == "text2pose":  # the release has the head of this case; the others were recorded with heads of their own
        torch.testing.assert_close(model.lm_head.weight, record["lm_head.weight"], atol=0, rtol=0)
    model.lm_head.weight.copy_(record["lm_head.weight"])
    batch = opened.processor(conversations_of(golden, case, Image.new("RGB", (8, 8))))
    inputs = inputs_of(record)
    assert torch.equal(batch["input_ids"], inputs["input_ids"])
    real, expected = inputs["attention_mask"].bool(), record["step0.logits"]
    seen = real[:, -expected.shape[1] :]
    logits = model(**inputs).logits[:, -expected.shape[1] :]
    torch.testing.assert_close(logits[seen], expected[seen], atol=1e-4, rtol=0)
    assert said(model, inputs) == record["generated"].tolist()


def test_every_weight_is_the_recorded_one(golden, opened):
    expected = UniPoseModel(opened.model.config)
    load_official(expected, recorded_state(golden))
    found = UniPose.from_pretrained(opened.name).model.state_dict()
    torch.testing.assert_close(found, dict(expected.state_dict()), atol=1e-6, rtol=0)


def test_the_folder_is_complete(converted, release):
    names = {path.name for path in converted.iterdir()}
    index = json.loads((converted / "model.safetensors.index.json").read_text())
    shards = set(index["weight_map"].values())
    words = {"tokenizer.json", "tokenizer_config.json", "processor_config.json"}
    told = {"README.md", "conversion.json", "config.json", "generation_config.json", "model.safetensors.index.json"}
    assert names == shards | words | told and len(shards) > 5
    assert all((converted / name).stat().st_size < 210_000 for name in shards)
    told = json.loads((converted / "conversion.json").read_text())
    sources = {source["file"]: source["sha256"] for source in told["sources"]}
    assert sources["best_MPJPE.ckpt"] == hashlib.sha256(release.pose_vqvae.read_bytes()).hexdigest()
    assert len(sources) == 3 + 2 + 2 + 3 and told["adapter"] == {"rank": 4, "alpha": 6, "merged": 14}
    card = (converted / "README.md").read_text()
    assert sources["adapter_model.bin"] in card and "$" not in card
    for owner in ("Apache-2.0", "CLIP", "TokenHMR", "SMPL-H"):
        assert owner in card


def test_half_precision_leaves_geometry_exact(golden, release, tmp_path):
    convert(release, tmp_path / "half", "bf16", vision=vision())
    weights = load_file(tmp_path / "half" / "model.safetensors")
    kinds = {name.startswith("pose_tokenizer."): set() for name in weights}
    for name, value in weights.items():
        kinds[name.startswith("pose_tokenizer.")].add(value.dtype)
    assert kinds == {True: {torch.float32, torch.bool}, False: {torch.bfloat16}}
    merged = recorded_state(golden)["model.layers.0.self_attn.q_proj.weight"].bfloat16()
    # merged in float32 and rounded once: what the exact sum rounds to, but for ties
    same = weights["language_model.layers.0.self_attn.q_proj.weight"] == merged
    assert same.float().mean() > 0.999
    assert json.loads((tmp_path / "half" / "config.json").read_text())["dtype"] == "bfloat16"


def test_the_command(release, tmp_path, capsys, monkeypatch):
    pushed = []
    monkeypatch.setattr(sharing, "push_folder", lambda folder, repo: pushed.append((folder, repo)) or "the page")
    (tmp_path / "vision.json").write_text(json.dumps(VISION))
    parts = {"unipose": release.unipose, "base": release.base, "tokenhmr": release.tokenhmr}
    parts |= {"pose-vqvae": release.pose_vqvae, "out": tmp_path / "out", "vision": tmp_path / "vision.json"}
    arguments = ["convert-official", *(str(word) for name, path in parts.items() for word in (f"--{name}", path))]
    with pytest.raises(SystemExit) as left:
        cli.main([*arguments, "--push", "me/unipose", "--json"])
    output = capsys.readouterr()
    assert left.value.code == 0 and "the page" in json.loads(output.out)["text"]
    assert "shard 1 of 1" in output.err and pushed == [(tmp_path / "out", "me/unipose")]
    for wrong in (["--push", "me"], ["--dtype", "f8"], ["--shard-size", "4 bananas"], []):
        with pytest.raises(SystemExit) as left:
            cli.main([*arguments, *wrong])
        output = capsys.readouterr()
        assert left.value.code == 2 and output.out == "" and len(output.err.strip().splitlines()) == 1, output.err


def test_the_page_names_options_that_exist():
    page = (Path(__file__).resolve().parents[2] / "docs" / "converting.md").read_text(encoding="utf-8")
    names = set(re.findall(r"--[a-z][a-z-]+", page)) - {"--model"}  # the app's
    helped = CliRunner().invoke(cli.app, ["convert-official", "--help"]).output
    assert len(names) >= 9 and all(name in helped for name in names)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory in use from Linux's /proc")
@pytest.mark.slow  # writes and reads 230 MB
def test_memory_is_a_shard_not_a_model(golden, tmp_path):
    text = json.loads((golden / "d_model.config.json").read_text())
    text |= {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 14}
    state = grown(recorded_state(golden), 14)
    files = write_release(tmp_path, golden, state, text)
    size = sum(value.nbytes for value in state.values())
    del state
    with Watch() as watch:
        convert(files, tmp_path / "out", "f32", "16MB", vision())
    assert size > 200e6
    assert watch.grown < 90e6, f"{watch.grown / 1e6:.0f} MB"  # 50: a shard, layers in float32, what the libraries load


def grown(state, layers):
    """The state of a model that is 8 times as wide and deeper, with random layers."""
    draw = torch.Generator().manual_seed(0)
    wider = {64: 512, 32: 256, 128: 2048}
    for name in [name for name in state if name.startswith(("model.layers.", *TRAINED, "model.norm."))]:
        value = state.pop(name)
        shape = [wider.get(size, size) for size in value.shape]
        if name.startswith("model.layers."):
            for layer in range(layers) if ".0." in name else ():
                state[name.replace("layers.0.", f"depth.{layer}.")] = torch.randn(shape, generator=draw)
        else:
            state[name] = torch.zeros(shape)
    return {name.replace("model.depth.", "model.layers."): value for name, value in state.items()}


class Watch:
    """How far the memory that is no mapped file grows meanwhile, in bytes."""

    def __enter__(self):
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # else what was freed before would hide what is taken now
        self.start, self.most, self.stop = self.now(), 0, threading.Event()
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def look(self):
        while not self.stop.wait(0.001):
            self.most = max(self.most, self.now())

    def now(self):
        return 1024 * int(re.search(r"RssAnon:\s+(\d+)", Path("/proc/self/status").read_text())[1])

    def __exit__(self, *failure):
        self.stop.set()
        self.thread.join()
        self.grown = self.most - self.start
