"""What goes over the wire between the app and programs; Gradio makes schemas of these types."""

from typing import Any

from typing_extensions import TypedDict


class GivenPose(TypedDict):
    """A pose that comes in: axis-angle vectors, 22 x 3, radians, local to the parent joint, in SMPL's joint order."""

    axis_angle: list[list[float]]


class PoseObject(TypedDict):
    """A pose that goes out; see :meth:`unipose.body.pose.Pose.to_dict`."""

    format: str
    version: int
    rotation: str
    axes: str
    joint_names: list[str]
    axis_angle: list[list[float]]
    joints_m: list[list[float]]


class Answer(TypedDict):
    """Words."""

    text: str


class PoseAnswer(TypedDict):
    """Words and poses, best first; a score is the log-likelihood of the pose, in nats."""

    text: str
    poses: list[PoseObject]
    scores: list[float]


class PhotoAnswer(TypedDict):
    """Words, the pose, none where nobody was found, and what was seen (:func:`unipose.chat.seen.seen`)."""

    text: str
    poses: list[PoseObject]
    photos: list[dict[str, Any]]
