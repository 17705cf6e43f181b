"""Poses that answer a question: drawn from the model, checked against the request, told best first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from unipose.body.pose import Pose
from unipose.chat.checks import check_candidates, check_seed
from unipose.chat.engine import Engine
from unipose.chat.ranking import Judge
from unipose.chat.turns import Piece, PosePiece, TextPiece, UserError
from unipose.model.decoding import DecodeSettings, PoseEvent, TokenEvent, decode
from unipose.tasks import Content

# At 1 a pose of forty independent draws falls apart; at 0.7 candidates differ and still hold together.
TEMPERATURE = 0.7
# So many poses are drawn when the likeliest one does not do all that was asked.
DRAWS = 8
# Tokens for the few words that may stand around a pose.
_WORDS_AROUND = 24


@dataclass(frozen=True)
class _Drawn:
    """A pose's codes [T], their log-likelihood, and the word tokens around it."""

    codes: np.ndarray
    score: float
    words: list[int]


@dataclass(frozen=True)
class _Made:
    """A pose, the share of the request that it satisfies, its log-likelihood, and the word tokens around it."""

    pose: Pose
    share: float
    score: float
    words: list[int]


def draw(
    engine: Engine, content: Content, candidates: int, seed: int | None, judge: Judge | None = None, mends: bool = True
) -> Iterator[Piece]:
    """Decode poses, then tell them best first; words around the best one come before it.

    Args:
        engine: answers.
        content: a question that is answered with a pose.
        candidates: how many poses are told.
        seed: of the sampling; without one the likeliest pose is made first, and more only where they are needed.
        judge: has read what was asked; without one the likelier pose is the better one.
        mends: whether poses that miss something that was asked are changed until they do it (see ``Judge.mend``).

    Raises:
        UserError: candidates or seed out of range, or a request that leaves no room for a pose.
    """
    check_candidates(candidates)
    check_seed(seed)
    found = [] if seed is not None and candidates == 1 else _decoded(engine, content, 1, None)
    ranked = _ranked(engine, found, judge)
    mender = judge if mends else None
    # one draft is enough where it is mended: more of them take longer and end no better
    if not ranked or candidates > 1 or (ranked[0].share < 1 and mender is None):
        wanted = max(candidates, DRAWS) - len(found)
        found += _decoded(engine, content, wanted, seed or 0) if wanted else []
        ranked = _ranked(engine, found, judge)
    words = engine.processor.words(ranked[0].words).strip()
    if words:
        yield TextPiece(words)
    told = [made.pose for made in ranked[:candidates]]
    mended = told if mender is None else mender.mend(told, seed)
    for number, (made, pose) in enumerate(zip(ranked[:candidates], mended, strict=True)):
        yield PosePiece(pose, number, made.score)


def _ranked(engine: Engine, found: list[_Drawn], judge: Judge | None) -> list[_Made]:
    poses = [engine.decode_pose(drawn.codes) for drawn in found]
    shares = judge.shares(poses) if judge is not None and poses else [1.0] * len(poses)
    made = [
        _Made(pose, share, drawn.score, drawn.words) for pose, share, drawn in zip(poses, shares, found, strict=True)
    ]
    return sorted(made, key=lambda one: (-one.share, -one.score))


def _decoded(engine: Engine, content: Content, rows: int, seed: int | None) -> list[_Drawn]:
    """As many answers as rows; the likeliest one without a seed."""
    settings = DecodeSettings(
        max_new_tokens=engine.processor.num_queries + 2 + _WORDS_AROUND,
        max_poses=1,
        pose_temperature=0.0 if seed is None else TEMPERATURE,
        force_pose=True,
    )
    poses: dict[int, PoseEvent] = {}
    words: dict[int, list[int]] = {row: [] for row in range(rows)}
    for event in decode(engine.model, engine.inputs(content, rows), settings, engine.dice(seed)):
        if isinstance(event, PoseEvent):
            poses[event.row] = event
        elif isinstance(event, TokenEvent):
            words[event.row].append(event.token_id)
    if len(poses) < rows:
        raise UserError("the text leaves no room for a pose in this model's context; shorten it")
    return [_Drawn(poses[row].codes.cpu().numpy(), poses[row].log_prob, words[row]) for row in range(rows)]
