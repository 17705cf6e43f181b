"""Poses as tests change and judge them, without a network."""

from unipose.body.pose import Pose
from unipose.chat.ranking import Judge, measured
from unipose.language import Archetypes, Registry


def usual(name):
    return Pose.from_rotations(Archetypes.load().of(name)[0])


def holds(pose, *names):
    return Registry.load().holds(measured(Registry.load(), [pose]), list(names))[0].tolist()


def edited(text, before):
    """An edit that the network has no hand in: what it drew is the pose itself."""
    (pose,) = Judge(text, before).mend([before])
    return pose
