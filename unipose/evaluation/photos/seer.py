"""A model that is asked about photos, stage by stage: what its reader sees, what it drafts, what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from unipose.chat import Reply, UniPose
from unipose.chat.engine import Engine
from unipose.chat.estimating import drafted, sight_of
from unipose.chat.looking import Look
from unipose.evaluation.photos.cases import Given, Way
from unipose.model.sight import Sight

_AT_ONCE = 50


@dataclass(frozen=True, eq=False)
class Shown:
    """What the product answers to N photos.

    Attributes:
        rotations: float32 [N, 22, 3, 3].
        replies: one each.
    """

    rotations: Tensor
    replies: list[Reply]

    @property
    def milliseconds(self) -> list[float]:
        """Wall time of each."""
        return [1000 * reply.seconds for reply in self.replies]


class Seer:
    """Knows of a photo what it is given, and nothing else: no detector looks at pictures on its own.

    Args:
        unipose: what is asked.
    """

    def __init__(self, unipose: UniPose) -> None:
        model, processor = unipose.model, unipose.processor
        self.unipose = UniPose(model, processor, unipose.name, unipose.max_words, unipose.mends, "none", unipose.doubt)
        self.engine = Engine(model, processor, unipose.name)

    def takes(self, way: Way) -> bool:
        """Whether the model has the eyes for it."""
        config = self.unipose.model.config
        return not (way.picture and config.vision_config is None) and not (
            way.keypoints and config.reader_config is None
        )

    @property
    def reads(self) -> bool:
        """Whether it has a pose reader."""
        return self.unipose.model.pose_reader is not None

    def look(self, given: Given) -> Look:
        """As the product looks at it."""
        return self.unipose.looker.look(given.picture, given.detections)

    def sights(self, photos: Sequence[Given]) -> list[Sight]:
        """What the model is shown of photos."""
        return [sight_of(self.engine, self.look(given)) for given in photos]

    @torch.inference_mode()
    def read(self, photos: Sequence[Given]) -> Tensor:
        """What the pose reader alone makes of them: [N, 22, 3, 3]."""
        model, poses = self.unipose.model, []
        for start in range(0, len(photos), _AT_ONCE):
            views = self.unipose.processor.views(self.sights(photos[start : start + _AT_ONCE]))
            poses.append(model.read_poses(**{name: one.to(model.device) for name, one in views.items()}).cpu())
        return torch.cat(poses)

    def draft(self, photos: Sequence[Given]) -> Tensor:
        """What the language model answers, the likeliest, not brought to any detection: [N, 22, 3, 3]."""
        drafts = []
        for sight in self.sights(photos):
            ask = self.engine.ask("estimate", images=[sight])
            drafts.append(drafted(self.engine, ask, self.engine.read_pose(sight)))
        return torch.stack([draft.pose.rotations for draft in drafts])

    def show(self, photos: Sequence[Given], hints: Sequence[str | None] = ()) -> Shown:
        """What the product answers, with hints or without."""
        told = hints or [None] * len(photos)
        replies = [
            self.unipose.estimate(given.picture, hint, keypoints=given.detections)
            for given, hint in zip(photos, told, strict=True)
        ]
        return Shown(torch.stack([reply.poses[0].rotations for reply in replies]), replies)
