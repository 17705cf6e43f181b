"""What a person may hand to a verb, checked where it comes in: text, poses, seeds, numbers of candidates."""

from __future__ import annotations

from typing import Any

import numpy as np

from unipose.body.pose import Pose
from unipose.chat.references import complaint
from unipose.chat.turns import UserError

MAX_CHARACTERS = 2000
"""The longest text of a person: a page of print, well over what any prompt needs."""
MAX_CANDIDATES = 64
SEEDS = range(-(2**63), 2**63)  # what fits the generator's 64 bits


def check_text(text: Any) -> str:
    """The text without surrounding space.

    Raises:
        UserError: empty, over ``MAX_CHARACTERS``, or no text at all.
    """
    if not isinstance(text, str):
        raise UserError(f"text is needed, found {type(text).__name__}")
    # lone surrogates come from broken command lines and have no bytes to tokenise
    text = text.encode("utf-8", "ignore").decode("utf-8").strip()
    if not text:
        raise UserError(complaint("empty"))
    if len(text) > MAX_CHARACTERS:
        raise UserError(complaint("too_long", found=len(text), limit=MAX_CHARACTERS))
    return text


def check_pose(pose: Any) -> Pose:
    """The pose.

    Raises:
        UserError: something else.
    """
    if not isinstance(pose, Pose):
        raise UserError(f"a Pose is needed, found {type(pose).__name__}; make one with Pose.from_axis_angle")
    return pose


def check_seed(seed: Any) -> None:
    """``None`` and whole numbers in ``SEEDS`` pass.

    Raises:
        UserError: anything else.
    """
    if seed is not None and (not isinstance(seed, int | np.integer) or int(seed) not in SEEDS):
        raise UserError(f"a seed is a whole number from -2**63 to 2**63 - 1, found {seed}")


def check_candidates(candidates: int) -> None:
    """1 to ``MAX_CANDIDATES`` pass.

    Raises:
        UserError: fewer or more.
    """
    if not 1 <= candidates <= MAX_CANDIDATES:
        raise UserError(f"candidates are 1 to {MAX_CANDIDATES}, found {candidates}")


def one_line(error: Exception) -> str:
    """The first line of what an error says, for a person; its type where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
