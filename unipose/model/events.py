"""What decoding tells while it runs, and how it is asked to decode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor


@dataclass(frozen=True)
class TokenEvent:
    """A word of a reply, as one token."""

    row: int
    token_id: int


@dataclass(frozen=True, eq=False)
class PoseEvent:
    """A pose of a reply; begin and end are implied.

    Attributes:
        row: of the batch.
        codes: int64 [num_queries] on the CPU, entries of the codebook.
        log_prob: sum over the slots of the natural log-probability of these codes, among codes, at
            temperature 1, each in the pass that settled it.
    """

    row: int
    codes: Tensor
    log_prob: float


@dataclass(frozen=True)
class EndEvent:
    """A row is done: "stop" when the model said so, "length" when the room was used up, "cancelled" when the caller
    did not want the rest.
    """

    row: int
    reason: Literal["stop", "length", "cancelled"]


Event = TokenEvent | PoseEvent | EndEvent


@dataclass(frozen=True)
class DecodeSettings:
    """How to decode.

    Attributes:
        max_new_tokens: room for each reply, begin, codes and end included. A pose that no longer fits is not
            begun.
        max_poses: poses a reply may hold; None for no limit.
        temperature: for words; 0 takes the likeliest.
        top_k: keep only so many words; None for all.
        pose_temperature, pose_top_k: the same for each code.
        pose_passes: forward passes a pose takes.
        force_pose: begin the reply with a pose; one answer for all rows or one each.
        forbid_pose: never begin a pose; one answer for all rows or one each.
    """

    max_new_tokens: int = 512
    max_poses: int | None = None
    temperature: float = 0.0
    top_k: int | None = None
    pose_temperature: float = 0.0
    pose_top_k: int | None = None
    pose_passes: int = 1
    force_pose: bool | Sequence[bool] = False
    forbid_pose: bool | Sequence[bool] = False

    def __post_init__(self) -> None:
        for name in ("temperature", "pose_temperature"):
            if getattr(self, name) < 0:
                raise ValueError(f"expected a {name} of at least 0, found {getattr(self, name)}")
        for name in ("max_new_tokens", "top_k", "pose_top_k", "pose_passes"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"expected a {name} of at least 1, found {getattr(self, name)}")
