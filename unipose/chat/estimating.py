"""Photos to poses: the model drafts what it sees, and the draft is brought to where the joints were found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch

from unipose.body.cameras import find_camera
from unipose.body.fitting import Fit, Weights, fit
from unipose.body.keypoints import keypoints
from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.chat.checks import check_text
from unipose.chat.drawing import draw
from unipose.chat.engine import Engine
from unipose.chat.looking import Look
from unipose.chat.photographed import with_hint
from unipose.chat.ranking import Judge
from unipose.chat.turns import PhotoPiece, Piece, PosePiece, TextPiece, UserError
from unipose.model.image import squared
from unipose.model.sight import Sight
from unipose.photos.cropping import person_crop
from unipose.photos.detections import Person
from unipose.tasks import Content

# What is read is good, so it is held to. On people it was not trained on (300 of val) the usual weights, for drafts 20
# degrees off, make PA-MPJPE larger; these bring it from 56.6 to 54.9 mm, and with landmarks from 32.8 to 32.2.
_FLAT, _LIFTED = Weights(draft=7.0, root=4.0), Weights(draft=3.5, root=2.5)
# Share of the person's height: where joints are still farther off than this, photo and start contradict each other.
_BAD = 0.05
# Then the start is let go for a draft, or for somebody who stands and faces any way, that leaves less than this share
# of it. Else it stays as it is: the points are wrong more often than what was read.
_FAR_BETTER = 0.5


def estimate_pieces(
    engine: Engine, look: Look, hint: str | None = None, seed: int | None = None, mends: bool = True
) -> Iterator[Piece]:
    """A photo, and what the user knows about the person in it, to a pose: :meth:`unipose.chat.UniPose.estimate_stream`.

    Args:
        engine: answers.
        look: at the photo.
        hint: words, up to 2000 characters.
        seed: ``None`` is greedy.
        mends: whether the draft is brought to the detections and to what the hint says; without, it is the model's own.

    Raises:
        UserError: the model cannot read what there is, or hint or seed out of range.
    """
    hint = None if hint is None else check_text(hint)
    if look.detections is not None and look.person is None:  # nobody, or nobody in particular
        yield TextPiece(look.remark)
        yield PhotoPiece(look)
        return
    sight = sight_of(engine, look)
    if look.remark:
        yield TextPiece(look.remark)
    person, read = look.person, engine.read_pose(sight)
    if person is None or not mends:
        judge = None if hint is None else Judge(hint)
        yield drafted(engine, _question(engine, sight, hint, judge), read, seed, judge if mends else None)
        yield PhotoPiece(look)
        return
    # the hint comes after: told to the model, it would also move what it does not speak of
    draft = drafted(engine, engine.ask("estimate", images=[sight]), read, seed)
    pose = _placed([*read, draft.pose.rotations], person)  # what was read is better than the draft, by 2 mm
    if hint is not None:
        hinted = with_hint(pose, person, hint)
        pose = hinted.pose
        if hinted.remark:
            yield TextPiece(f" {hinted.remark}" if look.remark else hinted.remark)
    camera = find_camera(keypoints(pose.rotations), torch.from_numpy(person.keypoints))
    yield PosePiece(pose, 0, draft.score)
    yield PhotoPiece(replace(look, camera=(float(camera.scale), float(camera.tx), float(camera.ty))))


def _placed(starts: Sequence[torch.Tensor], person: Person) -> Pose:
    """The first of several poses [22, 3, 3], brought to where a person's joints were found; see ``_BAD``."""
    found = _brought(starts[:1], person, _FLAT if person.world is None else _LIFTED)
    missed = float(found.errors[0])
    if missed <= _BAD:
        return Pose.from_rotations(found.rotations[0])
    found = _brought([*starts, *_facing_all_ways()], person, Weights())
    best = int(found.errors.argmin())
    far_better = float(found.errors[best]) < _FAR_BETTER * missed
    return Pose.from_rotations(found.rotations[best] if far_better else starts[0])


def _brought(starts: Sequence[torch.Tensor], person: Person, weights: Weights) -> Fit:
    """Poses [22, 3, 3] brought to where a person's joints were found."""
    count = len(starts)
    points = torch.from_numpy(person.keypoints).expand(count, -1, -1)
    world = None if person.world is None else torch.from_numpy(person.world).expand(count, -1, -1)
    return fit(torch.stack([*starts]), points, world, weights)


def _facing_all_ways() -> list[torch.Tensor]:
    """Somebody who stands, facing the camera, either side, and away."""
    return [standing().turned(quarter * math.pi / 2).rotations for quarter in range(4)]


def _question(engine: Engine, sight: Sight, hint: str | None, judge: Judge | None) -> Content:
    if hint is None or judge is None:
        return engine.ask("estimate", images=[sight])
    return engine.ask("estimate_hinted", images=[sight], text=engine.as_shown(hint, judge))


def drafted(
    engine: Engine, content: Content, read: torch.Tensor, seed: int | None = None, judge: Judge | None = None
) -> PosePiece:
    """The language model's pose for a person in a photo; the pose reader says which way it faces.

    Args:
        engine: answers.
        content: the question, with the sight in it.
        read: what the pose reader makes of that person, see :meth:`unipose.chat.engine.Engine.read_pose`.
        seed: ``None`` is greedy.
        judge: has read the hint that the pose is changed to satisfy; without one it is the model's own.

    Raises:
        UserError: a seed out of range, or a hint that leaves no room for a pose.
    """
    pieces = draw(engine, content, 1, seed, judge, judge is not None)
    (made,) = (piece for piece in pieces if isinstance(piece, PosePiece))
    headings = [Pose.from_rotations(each).heading for each in read]
    return replace(made, pose=made.pose.facing_forward().turned(headings[0])) if headings else made


def check_eyes(engine: Engine) -> None:
    """Whether the model can read anything of a photo.

    Raises:
        UserError: it cannot.
    """
    if engine.model.config.vision_config is None and engine.model.config.reader_config is None:
        message = "has no vision weights, so it cannot read a pose from a photo; say the pose in words instead"
        raise UserError(f"model '{engine.name}' {message}")


def sight_of(engine: Engine, look: Look) -> Sight:
    """What the model is shown of a photo: the chosen person alone, or all of it where nobody looked for people.

    Raises:
        UserError: the model can make nothing of it.
    """
    check_eyes(engine)
    config, person = engine.model.config, look.person
    if config.reader_config is None:  # the published model, which sees whole pictures
        if look.picture is None:
            raise UserError(f"model '{engine.name}' reads no keypoints; send the photo itself")
        return Sight(look.picture)
    if person is None:
        if config.vision_config is None or look.picture is None:
            raise UserError(look.remark.rstrip(".") or "there is nothing to read a pose from")
        return Sight(squared(look.picture))
    shows = config.vision_config is not None and config.reader_config.pictures_beside_keypoints
    picture = squared(person_crop(look.picture, person).image) if shows and look.picture is not None else None
    return Sight(picture, person.keypoints, person.world)


def overlaid(pose: Pose, look: Look) -> np.ndarray | None:
    """Where the body's 22 joints fall in the photo: float32 [22, 2] in pixels; None without a camera."""
    if look.camera is None:
        return None
    scale, x, y = look.camera
    return scale * pose.joints[:, :2] * np.array([1.0, -1.0]) + np.array([x, y])
