"""The official folder's settings as ours: sizes of the network, and the tokenizer of plain words."""

from __future__ import annotations

import importlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from transformers import LlamaTokenizer, PreTrainedTokenizerFast

from unipose.interop.checkpoints import Weights, check_file, read_json
from unipose.model.config import PoseTokenizerConfig, UniPoseConfig, VisionConfig
from unipose.model.processor import UniPoseProcessor
from unipose.model.vocabulary import PoseVocabulary

_NEEDED = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "rms_norm_eps",
)
_OPTIONAL = (
    "head_dim",
    "hidden_act",
    "max_position_embeddings",
    "sliding_window",
    "attention_dropout",
    "initializer_range",
    "bos_token_id",
    "eos_token_id",
)
_EXPECTED = {
    "mm_projector_type": "mlp2x_gelu",
    "mm_vision_select_feature": "patch",
    "tie_word_embeddings": False,
    "rope_scaling": None,
}
_SPACES = {"reply_prefix": " ", "reply_suffix": " ", "run_prefix": " "}
"""Published: the old sentencepiece wrapper put a space before every run of words, replies stood between two."""


def read_config(folder: Path, poses: Weights, vision: VisionConfig | None = None) -> UniPoseConfig:
    """The sizes of the model.

    Args:
        folder: the official ``unipose/``, which holds ``config.json``.
        poses: weights of the pose tokenizer under official names, whose sizes are written nowhere else.
        vision: of the two image towers; default the published sizes, which ``config.json`` does not tell.

    Raises:
        ValueError: in one line: settings missing, or of another kind than published.
    """
    path = folder / "config.json"
    raw = read_json(path)
    if lacking := [name for name in (*_NEEDED, "rope_theta", "mm_vision_select_layer") if name not in raw]:
        raise ValueError(f"'{path}' lacks {', '.join(lacking)}; fetch the one of the unipose folder")
    for name, expected in _EXPECTED.items():
        if raw.get(name, expected) != expected:
            raise ValueError(f"'{path}' has {name} {raw[name]!r}, this converter knows {expected!r}")
    try:
        text = {name: raw[name] for name in (*_NEEDED, *_OPTIONAL) if name in raw}
        text["rope_parameters"] = {"rope_type": "default", "rope_theta": float(raw["rope_theta"])}
        text |= {"model_type": "mistral", "tie_word_embeddings": False, "pad_token_id": raw.get("pad_token_id") or 0}
        given = vision or VisionConfig()
        eyes = VisionConfig(given.clip_config, given.pose_config, clip_layer=int(raw["mm_vision_select_layer"]))
        config = UniPoseConfig.official(text_config=text, pose_tokenizer_config=_pose_sizes(poses), vision_config=eyes)
    except Exception as error:  # the library checks each value and raises types of its own
        raise ValueError(f"'{path}': {' '.join(str(error).split())}") from None
    found, expected = raw.get("mm_hidden_size"), eyes.feature_size
    if found not in (None, expected):
        raise ValueError(f"'{path}' has mm_hidden_size {found}, but the two image towers give {expected} channels")
    return config


def read_vision(path: Path) -> VisionConfig:
    """Sizes of image towers other than the published ones, from ``{"clip_config": {...}, "pose_config": {...}}``.

    Raises:
        ValueError: in one line.
    """
    raw = read_json(path)
    if unknown := sorted(raw.keys() - {"clip_config", "pose_config"}):
        raise ValueError(f"'{path}' has {unknown[0]!r}, expected clip_config and pose_config")
    try:
        return VisionConfig(**raw)
    except Exception as error:  # as above
        raise ValueError(f"'{path}': {' '.join(str(error).split())}") from None


def _pose_sizes(poses: Weights) -> PoseTokenizerConfig:
    codebook, first = (poses.get(name) for name in ("quantizer.codebook", "encoder.encoder.0.weight"))
    if codebook is None or first is None or len(codebook.shape) != 2:
        raise ValueError("the pose tokenizer's file lacks its codebook or its first layer; fetch it again")
    codes, width = codebook.shape
    return PoseTokenizerConfig.official(num_codes=codes, code_width=width, hidden_size=first.shape[0])


def read_processor(folder: Path, config: UniPoseConfig) -> UniPoseProcessor:
    """The published prompts over the official words.

    The official tokenizer spells pose markers too; ours knows plain words only, so that nobody can type a marker.
    The markers' ids are checked, since they say which row of the table belongs to which code.

    Args:
        folder: the official ``unipose/``, which holds ``tokenizer.model`` and what was added to it.
        config: of the model.

    Raises:
        ValueError: in one line: files missing or damaged, markers elsewhere than published, or another spacing.
    """
    raw = read_json(folder / "tokenizer_config.json")
    if raw.get("legacy") is False:
        raise ValueError(
            f"'{folder / 'tokenizer_config.json'}' has legacy false: words beside markers were cut without the space "
            "that the published prompts have, which this converter does not know"
        )
    words = read_words(folder / "tokenizer.model")
    _check_markers(folder, raw, config.vocabulary)
    limit = read_json(folder / "config.json").get("tokenizer_model_max_length") or 2048
    return UniPoseProcessor.from_config(words, config, max_length=int(limit), **_SPACES)


def read_words(path: Path) -> PreTrainedTokenizerFast:
    """A sentencepiece model as a tokenizer of plain words, which adds no space of its own; padding is unknown, id 0.

    Raises:
        ValueError: in one line: not there, damaged, or the packages that read it are not installed.
    """
    check_file(path)
    try:  # the library reads the file with these, and without them takes it for something else
        for package in ("sentencepiece", "google.protobuf"):
            importlib.import_module(package)
    except ImportError:
        raise ValueError("reading tokenizer.model needs two packages: pip install sentencepiece protobuf") from None
    with TemporaryDirectory() as folder:  # alone, so that the library reads no settings or added tokens beside it
        (Path(folder) / "tokenizer.model").write_bytes(path.read_bytes())
        try:
            slow = LlamaTokenizer.from_pretrained(folder, add_prefix_space=False, local_files_only=True)
        except Exception:  # of protobuf, or of whatever else the library then takes the file for
            raise ValueError(f"'{path}' is no sentencepiece model; fetch it again") from None
    names: dict[str, Any] = {name: getattr(slow, name) for name in ("unk_token", "bos_token", "eos_token")}
    names |= {"pad_token": slow.unk_token, "clean_up_tokenization_spaces": False}
    return PreTrainedTokenizerFast(tokenizer_object=slow.backend_tokenizer, **names)


def _check_markers(folder: Path, raw: dict[str, Any], vocabulary: PoseVocabulary) -> None:
    path = folder / "added_tokens.json"
    if path.is_file():
        added = read_json(path)
    else:
        path, told = folder / "tokenizer_config.json", raw.get("added_tokens_decoder") or {}
        added = {entry["content"]: int(token_id) for token_id, entry in told.items()}
    found = {text: token_id for text, token_id in added.items() if token_id >= vocabulary.base_size}
    expected = {text: vocabulary.first_code + row for row, text in enumerate(vocabulary.literals())}
    if wrong := sorted(dict(found.items() ^ expected.items())):
        raise ValueError(
            f"'{path}' and the published vocabulary disagree about {len(wrong)} markers, first {wrong[0]}: found id "
            f"{found.get(wrong[0], 'none')}, expected {expected.get(wrong[0], 'none')}; fetch the unipose folder again"
        )
