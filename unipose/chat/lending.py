"""A graphics card that is only lent: verbs that run where, and only while, the lender gives one.

A hosted Space on ZeroGPU has no GPU of its own. A function marked with ``spaces.GPU`` is run in a forked process that
holds one for as long as the function does; what goes in and comes out is pickled, what the function changes is lost
with the process, and of what it raises only the name of the class arrives. So the seam lies at the verbs of
:class:`UniPose`: words or poses in, poses and words out, once an answer. Sessions, pages and files stay outside.

Anywhere else nothing changes: :func:`lend` gives back the model it was given.
"""

from __future__ import annotations

import importlib
import logging
import os
import pickle
from collections.abc import Callable, Iterator
from typing import Any

from unipose.body.postures import standing
from unipose.chat import understanding
from unipose.chat.checks import one_line
from unipose.chat.ranking import Judge
from unipose.chat.turns import Piece, UserError
from unipose.chat.unipose import UniPose

log = logging.getLogger(__name__)

Gpu = Callable[[Callable[..., Any]], Callable[..., Any]]
"""A decorator: to a generator function that is run elsewhere, or to the very same function where nothing is lent."""

_REFUSED, _FAILED = "refused", "failed"


def lender() -> Gpu | None:
    """What lends a GPU on this machine, None where nothing does.

    It is imported here and not above because it must come before anything that looks for a GPU, and is there only on a
    hosted Space: call this before a model is chosen.
    """
    if not os.environ.get("SPACES_ZERO_GPU"):
        return None
    return importlib.import_module("spaces").GPU


def lend(model: UniPose, gpu: Gpu | None) -> UniPose:
    """The model with its verbs on a lent GPU; the model itself where none is lent, or it runs on the CPU."""
    if gpu is None:
        return model
    # A lender wants to know at start what will ask for a GPU, even where a model on the CPU never does.
    lent = Lent(model, gpu)
    return model if model.model.device.type == "cpu" else lent


class Lent(UniPose):
    """A model whose verbs are run by a lender. See :class:`UniPose`, whose promises it keeps.

    Args:
        model: answers, in the lender's process.
        gpu: the lender.
    """

    def __init__(self, model: UniPose, gpu: Gpu) -> None:
        super().__init__(model.model, model.processor, model.name, model.max_words, model.mends)
        self.looker = model.looker

        # A closure, so that the model reaches the other process by the fork and is never pickled.
        def answer(request: bytes) -> Iterator[bytes]:
            verb, given, named = pickle.loads(request)
            try:
                for piece in getattr(model, verb)(*given, **named):
                    yield pickle.dumps(piece)
            except UserError as refusal:  # raised here, it would arrive without its words
                yield pickle.dumps((_REFUSED, str(refusal)))
            except Exception:
                log.exception("an answer on a lent GPU failed")
                yield pickle.dumps((_FAILED, verb))

        self._answer = gpu(answer)

    def generate_stream(self, *given: Any, **named: Any) -> Iterator[Piece]:
        """See :meth:`UniPose.generate_stream`."""
        return self._run("generate_stream", given, named)

    def edit_stream(self, *given: Any, **named: Any) -> Iterator[Piece]:
        """See :meth:`UniPose.edit_stream`."""
        return self._run("edit_stream", given, named)

    def describe_stream(self, *given: Any, **named: Any) -> Iterator[Piece]:
        """See :meth:`UniPose.describe_stream`."""
        return self._run("describe_stream", given, named)

    def compare_stream(self, *given: Any, **named: Any) -> Iterator[Piece]:
        """See :meth:`UniPose.compare_stream`."""
        return self._run("compare_stream", given, named)

    def estimate_stream(self, *given: Any, **named: Any) -> Iterator[Piece]:
        """See :meth:`UniPose.estimate_stream`."""
        return self._run("estimate_stream", given, named)

    def describe_photo_stream(self, *given: Any, **named: Any) -> Iterator[Piece]:
        """See :meth:`UniPose.describe_photo_stream`."""
        return self._run("describe_photo_stream", given, named)

    def compare_photos_stream(self, *given: Any, **named: Any) -> Iterator[Piece]:
        """See :meth:`UniPose.compare_photos_stream`."""
        return self._run("compare_photos_stream", given, named)

    def warm_up(self) -> None:
        """What needs no GPU: the words are read and the solver is loaded. Nobody's time with a GPU is spent."""
        understanding.warm()
        Judge("Raise both arms.").mend([standing()])

    def _run(self, verb: str, given: tuple[Any, ...], named: dict[str, Any]) -> Iterator[Piece]:
        """The verb's pieces as they come.

        Raises:
            UserError: the verb's own, or the lender has no GPU for this visitor now.
        """
        # As bytes: tensors would cross in shared memory, which ends with the process that made them.
        pieces = self._answer(pickle.dumps((verb, given, named)))
        try:
            for packed in pieces:
                piece = pickle.loads(packed)
                if isinstance(piece, tuple) and piece[0] == _REFUSED:
                    raise UserError(piece[1])
                if isinstance(piece, tuple) and piece[0] == _FAILED:
                    raise RuntimeError(f"{piece[1]} failed on a lent GPU; its process logged why")
                yield piece
        except (UserError, RuntimeError):
            raise
        except Exception as error:  # of the lender: a quota is used up, the queue is long, the process was taken away
            raise UserError(
                f"no GPU could be had for this answer ({one_line(error)}); try again a little later"
            ) from error
