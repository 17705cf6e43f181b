"""Photos to poses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unipose.chat.checks import check_text, one_line
from unipose.chat.drawing import draw
from unipose.chat.engine import Engine
from unipose.chat.ranking import Judge
from unipose.chat.turns import Piece, UserError
from unipose.photos import open_photo


def estimate_pieces(
    engine: Engine, image: Any, hint: str | None = None, seed: int | None = None, mends: bool = True
) -> Iterator[Piece]:
    """A photo, and what the user knows about the person in it, to a pose: :meth:`unipose.chat.UniPose.estimate_stream`.

    Args:
        engine: answers.
        image: path of a photo, or a PIL image.
        hint: words, up to 2000 characters.
        seed: ``None`` is greedy.
        mends: whether a pose that misses something that the hint says is changed until it does it.

    Raises:
        UserError: the model has no image towers, the file is no usable photo, or hint or seed out of range.
    """
    if engine.model.config.vision_config is None:
        message = "has no vision weights, so it cannot read a pose from a photo; say the pose in words instead"
        raise UserError(f"model '{engine.name}' {message}")
    picture = _opened(image)
    if hint is None:
        content, judge = engine.ask("estimate", images=[picture]), None
    else:
        content = engine.ask("estimate_hinted", images=[picture], text=check_text(hint))
        judge = Judge(hint)
    yield from draw(engine, content, 1, seed, judge, mends)


def _opened(image: Any) -> Any:
    try:
        return open_photo(image) if isinstance(image, str | Path) else image
    except ValueError as error:
        raise UserError(one_line(error)) from error
