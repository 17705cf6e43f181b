"""Items with texts as records of the language stages."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from unipose import tasks
from unipose.body.pose import heading_of, yaw_matrix
from unipose.data.adapters.labelled import Labelled
from unipose.data.records import Record

if TYPE_CHECKING:
    from unipose.model.pose_tokenizer import PoseTokenizer

SINGLE, PAIRED = ("generate", "describe"), ("edit", "compare")
_BATCH = 256


@torch.inference_mode()
def as_records(items: Iterable[Labelled], tokenizer: PoseTokenizer, rng: random.Random) -> Iterator[Record]:
    """Every text of every item with its pose's codes: to be asked for and told, or with a partner done and told apart.

    A pose is turned to face forward, a pair as one by its first pose, so that a turn between them is kept. Items
    without a text or a pose are passed over.

    Args:
        items: of any adapter; read as records are asked for, some hundred at a time.
        tokenizer: gives the codes.
        rng: draws the wording of each question.
    """
    told = (item for item in items if item.texts and item.rotations is not None)
    while batch := list(itertools.islice(told, _BATCH)):
        poses = [pose for item in batch for pose in _facing_forward(item)]
        codes = iter(tokenizer.encode(torch.stack(poses)).tolist())
        for item in batch:
            mine = tuple(tuple(next(codes)) for _ in range(1 if item.partner is None else 2))
            for text, name in itertools.product(item.texts, SINGLE if item.partner is None else PAIRED):
                yield Record(name, text, mine, template=rng.randrange(len(tasks.task(name).asks)))


def _facing_forward(item: Labelled) -> list[Tensor]:
    poses = [pose for pose in (item.rotations, item.partner) if pose is not None]
    back = yaw_matrix(-heading_of(poses[0][0]))
    return [torch.cat(((back @ pose[0])[None], pose[1:])) for pose in poses]
