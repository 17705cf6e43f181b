"""Photo to words, and two photos to the change between them: is what is said true of the people in them?

Words are judged on the true pose, facing +Z as words about a body are meant, not on the estimate.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from unipose.body.pose import face_forward
from unipose.chat import Reply
from unipose.chat.looking import Look
from unipose.evaluation import answers
from unipose.evaluation.photos.cases import Cases, Way
from unipose.evaluation.photos.seer import Seer
from unipose.evaluation.tables.baselines import nearest_poses
from unipose.evaluation.tables.changes import pairs
from unipose.evaluation.tables.material import Material, Table
from unipose.evaluation.tables.speaking import REFERENCES, spoken


def described(material: Material, seer: Seer, cases: Cases, way: Way) -> Table:
    """Photos to words; who answered is as in :func:`unipose.evaluation.tables.speaking.description`."""
    photos, poses = cases.given(way), face_forward(cases.rotations)
    near = material.taught[nearest_poses(poses, material.taught)]
    unipose = seer.unipose
    asks = [seer.engine.ask("describe_photo", images=[sight]) for sight in seer.sights(photos)]
    return spoken(
        material,
        drafts=answers.texts(unipose.model, unipose.processor, asks),
        replies=[
            _words(unipose.describe_photo(each.picture, keypoints=each.detections), seer.look(each)) for each in photos
        ],
        ceiling=[caption.text for caption in material.descriptions(poses, REFERENCES)],
        nearest=[caption.text for caption in material.descriptions(near)],
        references=[[one.text for one in material.descriptions(poses, turn)] for turn in range(REFERENCES)],
        about=poses[:, None],
    )


def compared(material: Material, seer: Seer, before: Cases, after: Cases, way: Way) -> Table:
    """Pairs of photos to what changes from the first to the second."""
    first, second = before.given(way), after.given(way)
    about = torch.stack([face_forward(cases.rotations) for cases in (before, after)], dim=1)
    known = pairs(material, material.taught)
    near = known[nearest_poses(about, known)]
    unipose = seer.unipose
    seen = zip(seer.sights(first), seer.sights(second), strict=True)
    asks = [seer.engine.ask("compare_photos", images=list(pair)) for pair in seen]
    replies = [
        _words(
            unipose.compare_photos(a.picture, b.picture, keypoints=(a.detections, b.detections)),
            *map(seer.look, (a, b)),
        )
        for a, b in zip(first, second, strict=True)
    ]

    def told(of: Tensor, turn: int) -> list[str]:
        return [caption.text for caption in material.changes(of[:, 0], of[:, 1], told=True, turn=turn)]

    return spoken(
        material,
        drafts=answers.texts(unipose.model, unipose.processor, asks),
        replies=replies,
        ceiling=told(about, REFERENCES),
        nearest=told(near, 0),
        references=[told(about, turn) for turn in range(REFERENCES)],
        about=about,
    )


def _words(reply: Reply, *looks: Look) -> Reply:
    """With what is said of the posture alone: what is told of the photos comes before it."""
    remarks = [look.remark for look in looks if look.remark]
    text = reply.text.rpartition(remarks[-1])[2] if remarks else reply.text
    return replace(reply, text=text.strip())
