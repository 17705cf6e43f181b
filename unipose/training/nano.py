"""Nano before its training: the words it will know, and a network around a trained pose tokenizer."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from unipose import tasks
from unipose.model.config import UniPoseConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.model.processor import UniPoseProcessor
from unipose.model.text_tokenizer import train_text_tokenizer
from unipose.model.unipose import UniPoseModel
from unipose.model.vision_config import PoseReaderConfig, VisionConfig
from unipose.model.vocabulary import PoseVocabulary
from unipose.training.lessons import POSE_WEIGHT
from unipose.training.mixture import Example, Source

NANO: dict[str, Any] = {
    "model_type": "mistral",
    "hidden_size": 256,
    "intermediate_size": 768,
    "num_hidden_layers": 7,
    "num_attention_heads": 8,
    "num_key_value_heads": 8,
    "max_position_embeddings": 1024,
    "sliding_window": None,
    "tie_word_embeddings": True,
    "initializer_range": 0.04,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
SMALL_EYES: dict[str, Any] = {
    "clip_config": {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
        "image_size": 112,
        "patch_size": 7,
    },
    "clip_layer": -1,
    # a convolutional pose tower: from some ten thousand pictures a ViT learns next to nothing
    "pose_config": {
        "model_type": "resnet",
        "embedding_size": 32,
        "hidden_sizes": [32, 96, 192, 192],
        "depths": [1, 2, 3, 2],
        "layer_type": "basic",
        "out_features": ["stage2", "stage3", "stage4"],
    },
    "pose_size": (128, 96),
    "pose_stride": 8,
}
"""Towers whose features lie over one another cell by cell: 16 x 16, and 16 x 12 in the middle of them."""
WORDS = 2200
WORDS_FROM_EXAMPLES = 6000


def nano_processor(sources: Mapping[str, Source], pose_tokenizer: PoseTokenizer, seed: int) -> UniPoseProcessor:
    """A processor whose words are learnt from what the sources say, and from all ways of asking."""
    texts = [ask for task in tasks.load().values() for ask in task.asks]
    for source in sources.values():
        texts += _texts(source.batch(WORDS_FROM_EXAMPLES // len(sources), seed + 1))
    config = pose_tokenizer.config
    return UniPoseProcessor(
        train_text_tokenizer(texts, WORDS),
        num_codes=config.num_codes,
        num_queries=config.num_tokens,
        max_length=NANO["max_position_embeddings"],
    )


def nano_model(processor: UniPoseProcessor, pose_tokenizer: PoseTokenizer) -> UniPoseModel:
    """An untrained nano around a trained pose tokenizer."""
    config = UniPoseConfig(
        text_config={**NANO, "vocab_size": processor.vocabulary.size},
        pose_tokenizer_config=pose_tokenizer.config,
        pose_slot_embeddings=True,
        restrict_pose_loss=True,
        code_smoothing=0.5,
        pose_loss_weight=POSE_WEIGHT,
        notes=True,
    )
    model = UniPoseModel(config)
    model.pose_tokenizer.load_state_dict(pose_tokenizer.state_dict())
    _seed_codes(model, processor.vocabulary)
    return model


def with_eyes(model: UniPoseModel, pictured: bool) -> UniPoseModel:
    """The model, or one with its weights and the eyes it lacks: a pose reader, and if ``pictured`` image towers."""
    config = model.config
    has = config.vision_config is not None, config.reader_config is not None
    if has[1] and (has[0] or not pictured):
        return model
    given = pictured and not has[0]
    reader = copy.deepcopy(config.reader_config) or PoseReaderConfig()
    reader.pictures_beside_keypoints = reader.pictures_beside_keypoints and not given
    grown = UniPoseConfig.from_dict(
        {
            **config.to_dict(),
            "vision_config": VisionConfig(**SMALL_EYES) if given else config.vision_config,
            "reader_config": reader,
            "picture_tokens": config.picture_tokens and not given,  # they would be 256 more to read
        }
    )
    seeing = UniPoseModel(grown)
    seeing.load_state_dict(model.state_dict(), strict=False)
    return seeing


@torch.no_grad()
def begin_from(model: UniPoseModel, processor: UniPoseProcessor, start: Path) -> None:
    """Give ``model`` the weights of the nano in ``start``, whose text tokenizer may be another one.

    A word's row starts as the mean of the rows of the old pieces that spell it; rows of codes, markers and queries
    keep their meaning. The pose tokenizer stays the one that ``model`` has.

    Raises:
        ValueError: when the two are of different sizes.
    """
    old, spelling = UniPoseModel.from_pretrained(start), UniPoseProcessor.from_pretrained(start)
    rows = old.get_input_embeddings().get_parameter("weight")
    table = model.get_input_embeddings().get_parameter("weight").clone()
    others = {name: value for name, value in old.state_dict().items() if not name.startswith("pose_tokenizer.")}
    kept = {name: value for name, value in others.items() if value.shape != rows.shape}
    own = model.state_dict()
    odd = sorted(name for name, value in kept.items() if name not in own or own[name].shape != value.shape)
    if odd or rows.shape[1] != table.shape[1]:
        first = odd[0] if odd else "the table"
        raise ValueError(f"the model in '{start}' is of another size than nano ({first}); start from a nano")
    for token in range(processor.vocabulary.base_size):
        text = processor.tokenizer.decode([token])
        pieces = spelling.tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
        if pieces and "\N{REPLACEMENT CHARACTER}" not in text:
            table[token] = rows[pieces].mean(0)
    specials = slice(0, processor.tokenizer.eos_token_id + 1)
    table[specials] = rows[specials]
    table[processor.vocabulary.first_code :] = rows[spelling.vocabulary.first_code :]
    model.load_state_dict(kept, strict=False)
    model.get_input_embeddings().get_parameter("weight").copy_(table)


@torch.no_grad()
def _seed_codes(model: UniPoseModel, vocabulary: PoseVocabulary) -> None:
    """Start the codes' embeddings as a random projection of the codebook: neighbours in pose start as neighbours."""
    codebook = model.pose_tokenizer.quantizer.codebook
    centred = codebook - codebook.mean(0)
    table = model.get_input_embeddings().get_parameter("weight")
    projected = centred @ torch.randn(centred.shape[1], table.shape[1])
    table[vocabulary.code_rows] = projected * (NANO["initializer_range"] / projected.std())


def _texts(examples: Iterable[Example]) -> list[str]:
    """What is said in conversations, part by part."""
    contents = [message["content"] for example in examples for message in example.messages()]
    return [part["text"] for content in contents for part in content if part["type"] == "text"]
