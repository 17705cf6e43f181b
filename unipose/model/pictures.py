"""Sights lately seen, as the language model reads them: a second question about a photo does not encode it anew."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping

import torch
from torch import Tensor

from unipose.model.unipose import UniPoseModel


class PictureMemory:
    """Remembers what a model made of the latest sights, by their content.

    Several conversations may share one. At the published sizes a picture takes 4.7 MB in bfloat16.

    Args:
        model: in evaluation mode, with eyes; its weights must not change while this lives.
        limit: sights remembered; the one not asked for longest leaves first.
    """

    def __init__(self, model: UniPoseModel, limit: int = 16) -> None:
        if limit < 1:
            raise ValueError(f"expected a limit of at least 1 picture, found {limit}")
        self.model, self.limit = model, limit
        self._features: OrderedDict[bytes, Tensor] = OrderedDict()
        self._lock = threading.Lock()

    @torch.no_grad()
    def features(self, sights: Mapping[str, Tensor]) -> Tensor:
        """What the model sees in N sights; only those not remembered are encoded, each once.

        Args:
            sights: tensors of N rows each, as :meth:`UniPoseModel.see` takes them; on any device.

        Returns:
            [N, num_sight_tokens, hidden] on the model's device, for its ``image_features``.

        Raises:
            ValueError: see :meth:`UniPoseModel.see`.
        """
        if len({len(rows) for rows in sights.values()}) != 1:
            return self.model.see(**sights)  # which says what is wrong
        keys = [_digest(*views) for views in zip(*sights.values(), strict=True)]
        with self._lock:
            found = {key: self._features[key] for key in keys if key in self._features}
        new = [keys.index(key) for key in dict.fromkeys(keys) if key not in found]
        if new:
            encoded = self.model.see(**{name: rows[new].to(self.model.device) for name, rows in sights.items()})
            # copies, since a part of the batch would keep all of it
            found |= {keys[index]: one.clone() for index, one in zip(new, encoded, strict=True)}
        with self._lock:
            for key in keys:
                self._features[key] = found[key]
                self._features.move_to_end(key)
            while len(self._features) > self.limit:
                self._features.popitem(last=False)
        return torch.stack([found[key] for key in keys])


def _digest(*views: Tensor) -> bytes:
    digest = hashlib.sha256()
    for view in views:
        digest.update(str(tuple(view.shape)).encode())
        digest.update(view.detach().float().cpu().contiguous().numpy().tobytes())
    return digest.digest()
