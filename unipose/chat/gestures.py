"""Arms as a gesture usually has them, on whoever makes it: hands behind the head of somebody who sits.

Searched for from where the arms hang, a gesture may end where its rule just holds and nobody would hold them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor

from unipose.body.skeleton import JOINT_NAMES, OTHER_SIDE, mirror_rotations
from unipose.language import Archetypes, Item, Registry, Statement

_ARM = ("collar", "shoulder", "elbow", "wrist")
_JOINTS = {f"{side}_arm": [JOINT_NAMES.index(f"{side}_{joint}") for joint in _ARM] for side in OTHER_SIDE}
_ONE_ARM = frozenset(_JOINTS)
_JOINTS["arms"] = [place for joints in _JOINTS.values() for place in joints]


def gestured(poses: Tensor, claims: Sequence[Item], registry: Registry) -> Tensor:
    """Poses [N, 22, 3, 3] with the arms that gestures among claims usually have."""
    made = poses.clone()
    for joints, usual in _known(claims, registry):
        made[:, joints] = usual[joints]
    return made


def exchanged(pose: Tensor, claims: Sequence[Item], registry: Registry) -> Tensor | None:
    """A pose [22, 3, 3] whose arms do on the other side what they did on this, if that is what is claimed: of who waves
    with the right hand and is to wave with the left. None where it is not."""
    said = [claim.predicate for claim in claims if isinstance(claim, Statement) and not claim.negated]
    sided = [registry[name] for name in said if registry[name].region in _ONE_ARM and len(Archetypes.load().of(name))]
    if not sided or not registry.holds(registry.measure_poses(pose[None]), [each.mirror for each in sided]).all():
        return None
    made = pose.clone()
    made[_JOINTS["arms"]] = mirror_rotations(pose)[_JOINTS["arms"]]
    return made


def _known(claims: Sequence[Item], registry: Registry) -> Iterator[tuple[list[int], Tensor]]:
    """The joints that each gesture is about, and a pose [22, 3, 3] that has them so.

    Where an arm leads is no gesture: raised, it may be bent as it was.
    """
    for claim in claims:
        if not isinstance(claim, Statement) or claim.negated or registry[claim.predicate].region not in _JOINTS:
            continue
        entry = registry[claim.predicate]
        if not any("elbow" in registry.predicates[covered] for covered in entry.covers):
            continue
        for said in (entry.id, entry.id.replace(f"{entry.side}_", "both_", 1)):  # one hand of two
            if len(usual := Archetypes.load().of(said)):
                yield _JOINTS[entry.region], usual[0]
                break
