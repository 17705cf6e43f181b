"""Small pictures of poses, for the chat, the candidates and the library."""

from __future__ import annotations

import hashlib
import io
import secrets
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from starlette.responses import Response
from starlette.routing import Route

from unipose.body.mesh import FreeBody
from unipose.body.pose import Pose
from unipose.body.render import render

if TYPE_CHECKING:
    from starlette.requests import Request

SIZE = (112, 132)
"""Pixels."""
SERVED_AT = "unipose-poses"
"""Where the page fetches them, relative to itself."""
_KEPT = 4096  # pictures of about 2 kB
_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}  # another pose has another name


class Thumbs:
    """Draws poses small, each once. Shared by all visitors: a pose alone says nothing of who made it.

    A picture has a name that nobody can guess, so only who was told of a pose can fetch it. What was drawn or told
    longest ago goes; a conversation that still shows it tells it again with every answer, and it is drawn anew.

    Args:
        body: drawn; the light one when left out.
    """

    def __init__(self, body: FreeBody | None = None) -> None:
        self._body = body or FreeBody.load("light")
        self._drawn: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()
        self._secret = secrets.token_bytes(32)

    def address(self, pose: Pose) -> str:
        """Where the page finds the picture of a pose, which is drawn if it is not there yet."""
        return f"{SERVED_AT}/{self._draw(pose)[0]}.webp"

    def picture(self, pose: Pose) -> bytes:
        """A pose as a WebP picture of :data:`SIZE`, on white."""
        return self._draw(pose)[1]

    def route(self) -> Route:
        """Gives out the pictures at their addresses."""

        async def give(request: Request) -> Response:
            with self._lock:
                found = self._drawn.get(request.path_params["name"])
            if found is None:
                return Response(status_code=404)
            return Response(found, media_type="image/webp", headers=_FOREVER)

        return Route(f"/{SERVED_AT}/{{name}}.webp", give)

    def _draw(self, pose: Pose) -> tuple[str, bytes]:
        numbers = np.ascontiguousarray(pose.axis_angle).tobytes()
        name = hashlib.blake2b(numbers, key=self._secret, digest_size=16).hexdigest()
        with self._lock:
            found = self._drawn.get(name)
            if found is not None:
                self._drawn.move_to_end(name)
                return name, found
        vertices = np.asarray(self._body.vertices(pose.rotations))
        written = io.BytesIO()
        render(vertices, self._body.faces, SIZE, background=(255, 255, 255)).save(written, "WEBP", quality=82)
        with self._lock:
            self._drawn[name] = written.getvalue()
            while len(self._drawn) > _KEPT:
                self._drawn.popitem(last=False)
        return name, written.getvalue()
