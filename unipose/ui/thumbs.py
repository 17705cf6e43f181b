"""Small pictures of poses, for the chat, the candidates and the library."""

from __future__ import annotations

import io
from collections import OrderedDict
from threading import Lock

import numpy as np

from unipose.body.mesh import FreeBody
from unipose.body.pose import Pose
from unipose.body.render import render

SIZE = (112, 132)
"""Pixels."""
_KEPT = 4096  # pictures of about 2 kB


class Thumbs:
    """Draws poses small, each once. Shared by all visitors: a pose alone says nothing of who made it.

    Args:
        body: drawn; the light one when left out.
    """

    def __init__(self, body: FreeBody | None = None) -> None:
        self._body = body or FreeBody.load("light")
        self._drawn: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = Lock()

    def picture(self, pose: Pose) -> bytes:
        """A pose as a WebP picture of :data:`SIZE`, on white."""
        key = np.ascontiguousarray(pose.axis_angle).tobytes()
        with self._lock:
            found = self._drawn.get(key)
            if found is not None:
                self._drawn.move_to_end(key)
                return found
        vertices = np.asarray(self._body.vertices(pose.rotations))
        written = io.BytesIO()
        render(vertices, self._body.faces, SIZE, background=(255, 255, 255)).save(written, "WEBP", quality=82)
        with self._lock:
            self._drawn[key] = written.getvalue()
            while len(self._drawn) > _KEPT:
                self._drawn.popitem(last=False)
        return written.getvalue()
