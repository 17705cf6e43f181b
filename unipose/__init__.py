"""UniPose: one multimodal model that understands, generates and edits 3D human poses.

>>> from unipose import UniPose, Pose
>>> model = UniPose.from_pretrained()
>>> reply = model.generate("Lift your left leg.")
>>> reply.poses[0].save("pose.npz")

Importing this package loads nothing; the names below arrive when they are first used. Importing
:mod:`unipose.model` registers the model's classes with the auto classes of transformers.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unipose.body.pose import Pose
    from unipose.chat import Reply, Session, UniPose, UserError

__version__ = "0.1.0"
__all__ = ["Pose", "Reply", "Session", "UniPose", "UserError"]

_HOMES = {"Pose": "unipose.body.pose"} | dict.fromkeys(("Reply", "Session", "UniPose", "UserError"), "unipose.chat")


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'unipose' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
