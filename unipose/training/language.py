"""Stage 2: the language model learns poses (paper section 3.4: pose-text alignment), here from the first word on.

Nano's language model is small enough to be trained whole; it starts from nothing and learns words, poses and the
four text tasks together.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import BatchFeature

from unipose import tasks
from unipose.data.records import Record
from unipose.data.sources import load_poses
from unipose.data.synthesis import Synthesis
from unipose.language.measuring.registry import Registry
from unipose.language.writing.writer import Writer
from unipose.model.config import UniPoseConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.model.processor import UniPoseProcessor
from unipose.model.text_tokenizer import train_text_tokenizer
from unipose.model.unipose import UniPoseModel
from unipose.model.vocabulary import PoseVocabulary
from unipose.training.loops import LoopSettings, checkpoint, run
from unipose.training.probes import Probes
from unipose.training.verdicts import Request, Verdicts

# Examples a step, in two passes of like length. Every step holds every task: steps of one task pull to and fro.
BATCH: tuple[dict[str, int], ...] = ({"generate": 20, "describe": 20}, {"edit": 14, "compare": 12})
TASKS = tuple(task for group in BATCH for task in group)
# Per label a pose is far harder to guess than a word and would drown the words, and it has its verdict besides.
POSE_WEIGHT, PROBE_WEIGHT, VERDICT_WEIGHT = 0.3, 0.5, 0.1
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
WORDS = 1600
WORDS_FROM_RECORDS = 6000


Group = tuple[BatchFeature, Tensor, Tensor, Request]


def train_language(data: Path, tokenizer: Path, settings: LoopSettings) -> dict[str, float]:
    """Train nano on poses of ``data`` with the pose tokenizer saved in ``tokenizer``; save a model folder.

    Returns:
        Held-out losses in nats a label for each task, steps and seconds.
    """
    torch.manual_seed(settings.seed)
    pose_tokenizer = PoseTokenizer.from_pretrained(tokenizer).eval()
    registry = Registry.load()
    synthesis = Synthesis(load_poses(data, "train"), pose_tokenizer, registry, Writer(registry))
    held_out = Synthesis(load_poses(data, "val"), pose_tokenizer, registry, Writer(registry))
    if settings.resume and checkpoint(settings.out):
        processor = UniPoseProcessor.from_pretrained(settings.out)  # the words the checkpoint was trained with
    else:
        processor = nano_processor(synthesis, pose_tokenizer, settings.seed)
    model = nano_model(processor, pose_tokenizer)
    # On a CPU the fused attention's backward pass takes three times as long as the plain one's.
    model.set_attn_implementation("eager")
    processor.save_pretrained(settings.out)

    probes, verdicts = Probes(model, synthesis), Verdicts(model, synthesis)

    def batch(step: int) -> list[Group]:
        # A seed of its own for every task of a step, or they would all speak of the same poses.
        first = (settings.seed * 1_000_003 + step) * len(TASKS)
        groups = [
            [r for task, count in group.items() for r in synthesis.batch(task, count, first + TASKS.index(task))]
            for group in BATCH
        ]
        return [
            (
                processor([r.messages() for r in records], training=True),
                *probes.targets(records),
                verdicts.request(records),
            )
            for records in groups
        ]

    def loss(groups: list[Group]) -> tuple[Tensor, dict[str, float]]:
        total, figures = torch.zeros(()), Counter[str]()
        for inputs, truths, asked, request in groups:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                output = model(**inputs, return_logits=False)
            aid = probes.loss(inputs["input_ids"], truths, asked)
            missing, done = verdicts.loss(inputs["input_ids"], request)
            total = total + (output.loss + PROBE_WEIGHT * aid + VERDICT_WEIGHT * missing) / len(groups)
            shares = {"text": output.text_loss.item(), "pose": output.pose_loss.item(), "probes": aid.item()}
            shares |= {"missing": missing.item(), "done": done}
            figures.update({name: value / len(groups) for name, value in shares.items()})
        return total, dict(figures)

    fixed = {task: held_out.batch(task, 96, seed=7) for task in TASKS}

    def evaluate() -> dict[str, float]:
        return {task: _loss(model, processor, records) for task, records in fixed.items()}

    return run(model, settings, batch, loss, evaluate, aids=probes)


def nano_processor(synthesis: Synthesis, pose_tokenizer: PoseTokenizer, seed: int) -> UniPoseProcessor:
    """A processor whose words are learnt from the texts the model will be trained on."""
    texts = [ask for task in tasks.load().values() for ask in task.asks]
    for task in TASKS:
        texts += [record.text for record in synthesis.batch(task, WORDS_FROM_RECORDS // len(TASKS), seed + 1)]
    config = pose_tokenizer.config
    return UniPoseProcessor(
        train_text_tokenizer(texts, WORDS),
        num_codes=config.num_codes,
        num_queries=config.num_tokens,
        max_length=NANO["max_position_embeddings"],
    )


def nano_model(processor: UniPoseProcessor, pose_tokenizer: PoseTokenizer) -> UniPoseModel:
    """An untrained nano around a trained, frozen pose tokenizer."""
    config = UniPoseConfig(
        text_config={**NANO, "vocab_size": processor.vocabulary.size},
        pose_tokenizer_config=pose_tokenizer.config,
        pose_slot_embeddings=True,
        restrict_pose_loss=True,
        code_smoothing=0.5,
        pose_loss_weight=POSE_WEIGHT,
    )
    model = UniPoseModel(config)
    model.pose_tokenizer.load_state_dict(pose_tokenizer.state_dict())
    model.pose_tokenizer.requires_grad_(False)
    _seed_codes(model, processor.vocabulary)
    return model


@torch.no_grad()
def _seed_codes(model: UniPoseModel, vocabulary: PoseVocabulary) -> None:
    """Start the codes' embeddings as a random projection of the codebook: neighbours in pose start as neighbours."""
    codebook = model.pose_tokenizer.quantizer.codebook
    centred = codebook - codebook.mean(0)
    table = model.get_input_embeddings().get_parameter("weight")
    projected = centred @ torch.randn(centred.shape[1], table.shape[1])
    table[vocabulary.code_rows] = projected * (NANO["initializer_range"] / projected.std())


def _loss(model: UniPoseModel, processor: UniPoseProcessor, records: list[Record]) -> float:
    inputs = processor([record.messages() for record in records], training=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return model(**inputs, return_logits=False).loss.item()
