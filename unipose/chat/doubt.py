"""How far estimates from photos are off: by what a model was wrong about people whose pose is known.

What is said of a photo must hold although the estimate is off, so the errors go with the model: some hundred of them,
each a row of differences between the measures (:mod:`unipose.language.measuring`) of a true pose and of its estimate.
Rows, not deviations, since errors go together (a limb taken the wrong way in depth errs in all its measures) and are
not normal. ``python -m tools.measure_doubt`` makes the file.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from unipose.chat.looking import Look
from unipose.language import Registry

FILE = "photo_errors.safetensors"

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Doubt:
    """Errors of estimates.

    Attributes:
        errors: by what an estimate was made of ("picture": it alone; "keypoints": in 2D; "landmarks": in 3D beside
            them): float16 [K, M], true minus estimated, for M measures.
    """

    errors: Mapping[str, Tensor]

    @classmethod
    def read(cls, folder: Path) -> Doubt | None:
        """Those of a model folder; None where it has none, or has some of other measures than ours."""
        path = folder / FILE
        if not path.is_file():
            return None
        with safe_open(path, framework="pt") as archive:
            if (archive.metadata() or {}).get("measures") != _measures():
                _LOG.warning("'%s' is of other measures and is left out; python -m tools.measure_doubt makes it", path)
                return None
            return cls({way: archive.get_tensor(way) for way in archive.keys()})  # noqa: SIM118 - it is no mapping

    def save(self, folder: Path) -> None:
        """Write the file that :meth:`read` reads."""
        save_file(dict(self.errors), folder / FILE, {"measures": _measures()})

    def of(self, look: Look) -> Tensor | None:
        """The errors of estimates like that of this photo: float32 [K, M]; None where they are not known."""
        person = look.person
        way = "picture" if person is None else "keypoints" if person.world is None else "landmarks"
        found = self.errors.get(way)
        return None if found is None else found.to(torch.float32)


def _measures() -> str:
    names = "\n".join(measure.id for measure in Registry.load().measures)
    return hashlib.sha256(names.encode()).hexdigest()
