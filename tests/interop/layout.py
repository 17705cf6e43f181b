"""The official release in miniature: every file by its name, every weight by its key, small widths."""

from __future__ import annotations

import json
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from unipose.interop import OfficialFiles
from unipose.model.config import VisionConfig
from unipose.model.vocabulary import PoseVocabulary

VISION = {
    "clip_config": {"hidden_size": 40, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 4},
    "pose_config": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
}
PREFIX = "base_model.model."
LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
TRAINED = ("model.embed_tokens.", "lm_head.", "model.mm_projector.")
ADAPTER = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "bias": "none", "lora_dropout": 0.05, "r": 4, "lora_alpha": 6}


def vision() -> VisionConfig:
    """Sizes of the small image towers."""
    return VisionConfig(**VISION)


def recorded_state(golden: Path) -> dict[str, Tensor]:
    """The assembled official model of the recorded cases, with the head of ``text2pose``."""
    head = load_file(golden / "d_text2pose.safetensors")["lm_head.weight"]
    poses = load_file(golden / "d_pose_vqvae.weights.safetensors")
    state = load_file(golden / "d_model.weights.safetensors")
    return {**state, "lm_head.weight": head, **{f"model.pose_vqvae.{name}": value for name, value in poses.items()}}


def write_release(folder: Path, golden: Path, state: dict[str, Tensor], text: dict[str, Any]) -> OfficialFiles:
    """Write the release whose parts, put together, are ``state``.

    Args:
        folder: to write into.
        golden: gives the sentencepiece model.
        state: the assembled model under official names; the adapter's share is taken out of it.
        text: sizes of the language model, as in ``d_model.config.json``.
    """
    files = OfficialFiles(*(folder / name for name in ("unipose", "base", "tokenhmr_model.ckpt", "best_MPJPE.ckpt")))
    files.unipose.mkdir()
    files.base.mkdir()
    poses = {n.removeprefix("model.pose_vqvae."): v for n, v in state.items() if n.startswith("model.pose_vqvae.")}
    tower = {n.replace("model.hmr_vit_", ""): v for n, v in state.items() if n.startswith("model.hmr_vit_")}
    rest = {n: v for n, v in state.items() if "pose_vqvae" not in n and "hmr_vit" not in n}
    trained = {PREFIX + name: value for name, value in rest.items() if name.startswith(TRAINED)}
    torch.save(trained, files.unipose / "non_lora_trainables.bin")
    base = {name: value for name, value in rest.items() if not name.startswith(TRAINED)}
    write_adapter(files, base)
    hidden, codes = text["hidden_size"], len(poses["quantizer.codebook"])
    # what the base has of these is not used: of other sizes, and nought
    unused = {"model.embed_tokens.weight": (360, hidden), "lm_head.weight": (360, hidden)}
    unused |= {"model.mm_projector.0.weight": (hidden, 40), "model.mm_projector.0.bias": (hidden,)}
    unused |= {"model.image_newline": (hidden,)}
    write_base(files.base, base | {name: torch.zeros(shape) for name, shape in unused.items()})
    extras = {"smpl_head.decpose.weight": torch.zeros(3), "discriminator.D_alljoints_fc1.bias": torch.zeros(3)}
    write_lightning(files.tokenhmr, {**tower, **extras})
    write_lightning(files.pose_vqvae, {**poses, "loss.total": torch.zeros(()), "metrics.MPJPE.count": torch.zeros(())})
    write_words(files.unipose, golden, codes, text["vocab_size"])
    settings = {
        **text,
        "model_type": "llava_mistral",
        "architectures": ["LlavaMistralForCausalLM"],
        "mm_vision_tower": "cache/clip-vit-large-patch14-336",
        "unfreeze_mm_vision_tower": True,
        "tokenizer_model_max_length": 2048,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "torch_dtype": "bfloat16",
    }
    (files.unipose / "config.json").write_text(json.dumps(settings))
    return files


def write_adapter(files: OfficialFiles, base: dict[str, Tensor], **settings: Any) -> None:
    """A random adapter on every Linear of the language model; its share is taken out of ``base``, in place."""
    told = {**ADAPTER, **settings}
    scaling = told["lora_alpha"] / (told["r"] ** 0.5 if told.get("use_rslora") else told["r"])
    draw = torch.Generator().manual_seed(0)
    halves = {}
    names = [n for n in base if n.startswith("model.layers.") and n.removesuffix(".weight").endswith(LINEAR)]
    for name in names:
        out, width = base[name].shape
        a, b = (torch.randn(shape, generator=draw) * 0.1 for shape in ((told["r"], width), (out, told["r"])))
        base[name] = base[name] - scaling * (b @ a)
        module = PREFIX + name.removesuffix(".weight")
        halves |= {f"{module}.lora_A.weight": a, f"{module}.lora_B.weight": b}
    torch.save(halves, files.unipose / "adapter_model.bin")
    told["target_modules"] = [name.removesuffix(".weight") for name in names]
    (files.unipose / "adapter_config.json").write_text(json.dumps(told))


def write_base(folder: Path, base: dict[str, Tensor], shards: int = 3) -> None:
    """The base in shards with an index, as published."""
    homes = {}
    names = sorted(base)
    for number in range(shards):
        file = f"model-{number + 1:05}-of-{shards:05}.safetensors"
        part = {name: base[name].contiguous() for name in names[number::shards]}
        save_file(part, folder / file, metadata={"format": "pt"})
        homes |= dict.fromkeys(part, file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": homes}))


def write_lightning(path: Path, state: dict[str, Tensor]) -> None:
    """A checkpoint as training programs leave it, with settings of their own classes beside the weights."""
    with _foreign_classes() as (tree, container):
        settings = tree(MODEL=tree(BACKBONE=tree(TYPE="vit")))
        torch.save(
            {
                "epoch": 3,
                "pytorch-lightning_version": "2.1.0",
                "state_dict": OrderedDict(state),
                "hyper_parameters": {"cfg": settings, "more": container({"lr": 2e-4}), "where": Path("runs")},
                "optimizer_states": [{"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"lr": 2e-4}]}],
            },
            path,
        )


@contextmanager
def _foreign_classes() -> Iterator[tuple[Any, Any]]:
    """Classes that pickle as those of yacs and omegaconf do, gone afterwards: the reader has no such packages."""
    tree = type("CfgNode", (dict,), {"__module__": "yacs.config", "__init__": _tree})
    container = type("DictConfig", (), {"__module__": "omegaconf.dictconfig", "__init__": _container})
    modules = {name: ModuleType(name) for name in ("yacs", "yacs.config", "omegaconf", "omegaconf.dictconfig")}
    modules["yacs.config"].CfgNode, modules["omegaconf.dictconfig"].DictConfig = tree, container  # type: ignore
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield tree, container
    finally:
        for name, module in before.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module


def _tree(self: Any, **entries: Any) -> None:
    dict.__init__(self, entries)
    self.__dict__["__immutable__"] = False


def _container(self: Any, content: dict[str, Any]) -> None:
    self._content, self._parent = content, None


def write_words(folder: Path, golden: Path, codes: int, size: int) -> None:
    """The tokenizer's files: sentencepiece, and the markers added to it."""
    (folder / "tokenizer.model").write_bytes((golden / "d_tokenizer.sentencepiece.model").read_bytes())
    words = PoseVocabulary(size - codes - 84, codes, 80)
    markers = {text: words.first_code + row for row, text in enumerate(words.literals())}
    (folder / "added_tokens.json").write_text(json.dumps(markers))
    told = {"tokenizer_class": "LlamaTokenizer", "legacy": True, "model_max_length": 2048, "pad_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(told))
    (folder / "special_tokens_map.json").write_text(json.dumps({"bos_token": "<s>", "eos_token": "</s>"}))
