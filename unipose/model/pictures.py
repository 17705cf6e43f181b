"""Pictures lately seen, as the language model reads them: a second question about a photo does not encode it anew."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

import torch
from torch import Tensor

from unipose.model.vision import VisionTower


class PictureMemory:
    """Remembers what the image towers made of the latest pictures, by the pictures' content.

    Several conversations may share one. At the published sizes a picture takes 4.7 MB in bfloat16.

    Args:
        vision: in evaluation mode; its weights must not change while this lives.
        limit: pictures remembered; the one not asked for longest leaves first.
    """

    def __init__(self, vision: VisionTower, limit: int = 16) -> None:
        if limit < 1:
            raise ValueError(f"expected a limit of at least 1 picture, found {limit}")
        self.vision, self.limit = vision, limit
        self._features: OrderedDict[bytes, Tensor] = OrderedDict()
        self._lock = threading.Lock()

    @torch.no_grad()
    def features(self, pixel_values: Tensor, pose_pixel_values: Tensor) -> Tensor:
        """The towers' output for N pictures; only those not remembered are encoded, each once.

        Args:
            pixel_values, pose_pixel_values: [N, 3, ...] each, see :class:`VisionTower`; on any device.

        Returns:
            [N, num_image_tokens, hidden] on the towers' device, for ``image_features`` of the model.

        Raises:
            ValueError: see :class:`VisionTower`.
        """
        if len(pixel_values) != len(pose_pixel_values):
            return self.vision(pixel_values, pose_pixel_values)  # which says what is wrong
        keys = [_digest(*views) for views in zip(pixel_values, pose_pixel_values, strict=True)]
        with self._lock:
            found = {key: self._features[key] for key in keys if key in self._features}
        new = [keys.index(key) for key in dict.fromkeys(keys) if key not in found]
        if new:
            device = next(self.vision.parameters()).device
            encoded = self.vision(pixel_values[new].to(device), pose_pixel_values[new].to(device))
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
