"""The image towers learn for the pose itself: what is read of a picture is held against the pose of the person in it.

Where keypoints are is most of what a picture tells; which limb is nearer, and what hides behind which, is learnt only
where the pose is asked for.
"""

from __future__ import annotations

import torch
from torch import Tensor

from unipose.data.snapshots import Shot
from unipose.model.pose_reader import LOCATED
from unipose.model.unipose import UniPoseModel
from unipose.training.finding import find, placing
from unipose.training.objective import Figures, Objective
from unipose.training.reading import lifting

PICTURE_ALONE = 0.9  # of the pictures; of the rest a detector tells keypoints, too


class Seeing(Objective):
    """How far what is found in pictures, and the poses that are read of it, are from the truth."""

    model: UniPoseModel

    def forward(self, batch: Shot) -> tuple[Tensor, Figures]:
        """Pictures to the loss and its parts; lengths in millimetres."""
        reader, found = self.model.pose_reader, find(self.model, batch)
        assert reader is not None  # with_eyes gave it one
        evidence = torch.ones(len(batch), 2, dtype=torch.bool, device=found.marks.device)
        evidence[:, LOCATED] = torch.rand(len(batch), device=evidence.device) >= PICTURE_ALONE
        reading = reader.read(found, batch.keypoints, evidence)
        place, placed = placing(found, batch)
        lift, lifted = lifting(self.model, reading, batch.rotations, batch.camera)
        return place + lift, placed | lifted
