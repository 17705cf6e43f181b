"""Photo and hint: words settle what a view leaves open, change nothing where they say nothing, and lose to the photo.

A case is a person of whom a single view may be taken another way: some limb, reflected in depth, is drawn all but
alike. The hint is something that is true of the person and false of the one it might be taken for. Whether there is
such a case, and what the hint says, is decided by the true pose alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from unipose.body.ambiguity import LIMBS, depth_flips
from unipose.body.cameras import find_camera, reprojection_error
from unipose.body.errors import mpjpe, pa_mpjpe
from unipose.body.keypoints import keypoints
from unipose.body.skeleton import forward_kinematics
from unipose.evaluation.metrics import Estimate, bootstrap, estimate
from unipose.evaluation.photos.baselines import NearestByKeypoints
from unipose.evaluation.photos.cases import RIG, WAYS, Cases, imagined
from unipose.evaluation.photos.errors import errors
from unipose.evaluation.photos.seer import Seer
from unipose.evaluation.tables.material import Figures, Material, Table
from unipose.language import Item, Statement

ALIKE = 0.012
"""Share of the person's height by which a pose may be drawn elsewhere and still be taken for it."""
APART = 30.0
"""Millimetres, after the best similarity, by which such a pose is another one."""
CLEARLY = 3.0
"""Sigmas by which a claim is false of a person, and of all who look like them, to be contradicted by the photo."""
LOOK_ALIKES = 40
"""How many training poses, of those whose keypoints fall nearest to a person's, are taken to look like them."""

_SAYS_NOTHING = "This is a photo of a friend of mine."
_TRIES = 4  # claims that are tried, until the words of one are read back
_PRECISELY = replace(RIG, dropped=0.0, cut=0.0, swapped=0.0)
_MOVED = 1e-3  # millimetres


@dataclass(frozen=True)
class Hint:
    """What is said, as words and as the one claim that is read in them."""

    text: str
    claim: Item


def hinted(material: Material, seer: Seer, count: int) -> dict[str, Table]:
    """Tables by title.

    Returns:
        For all ambiguous people, and for those whose bare estimate is not as the hint says, ``bare`` and ``shown``
        (with the hint), with ``improvement``, the share by which the mean ``pa_mpjpe`` falls, and ``believed``, how
        often what was said is so of the answer. Last, ``contradicted`` by the photo: ``refused``, how often it is not
        so of the answer, and for words that say nothing, how often the estimate is ``unchanged``.
    """
    cases, hints = ambiguous(material, count)
    if not len(cases):
        return {}
    photos = cases.given(WAYS["keypoints"])
    bare = seer.show(photos).rotations
    told = seer.show(photos, [hint.text for hint in hints]).rotations
    before, after = _holds(material, hints, bare), _holds(material, hints, told)
    missed = [row for row, holds in enumerate(before) if not holds]
    tables: dict[str, Table] = {}
    for title, rows in (("hints", list(range(len(cases)))), ("hints that say another thing than the estimate", missed)):
        if rows:
            pair = bare[rows], told[rows], cases.rotations[rows]
            tables[title] = {
                "bare": errors(pair[0], pair[2]) | {"believed": _share([before[row] for row in rows])},
                "shown": errors(pair[1], pair[2])
                | {"believed": _share([after[row] for row in rows]), "improvement": _improvement(*pair)},
            }
    tables["hints that the photo contradicts, or that say nothing"] = {"shown": _idle(material, seer, cases, bare)}
    return tables


def _idle(material: Material, seer: Seer, cases: Cases, bare: Tensor) -> Figures:
    photos = cases.given(WAYS["keypoints"])
    figures: Figures = {}
    contradicted = _contradicted(material, cases)
    rows = list(contradicted)
    if rows:
        hints = list(contradicted.values())
        told = seer.show([photos[row] for row in rows], [hint.text for hint in hints]).rotations
        figures["refused"] = _share([not holds for holds in _holds(material, hints, told)])
        figures["moved"] = estimate(_moved(told, bare[rows]).tolist())
    nothing = seer.show(photos, [_SAYS_NOTHING] * len(photos)).rotations
    return figures | {"unchanged": _share((_moved(nothing, bare) < _MOVED).tolist())}


def ambiguous(material: Material, count: int) -> tuple[Cases, list[Hint]]:
    """At most so many people of the material who might be taken another way, seen in 2D, and a hint for each."""
    cases = imagined(material.poses, material.seed, _PRECISELY)
    rng, rows, hints = material.dice("hints"), list[int](), list[Hint]()
    for row, rotations in enumerate(cases.rotations):
        if len(rows) == count:
            break
        for limb in rng.sample(LIMBS, len(LIMBS)):
            others = _others(rotations, cases.points[row], limb)
            hint = _telling(material, rotations, others[rng.randrange(len(others))], limb, rng) if len(others) else None
            if hint is not None:
                rows.append(row)
                hints.append(hint)
                break
    return cases.at(rows), hints


def _others(rotations: Tensor, points: Tensor, limb: str) -> Tensor:
    """Poses [K, 22, 3, 3] that are drawn where this one is, and are not it: a limb is another way."""
    flips = depth_flips(rotations, [limb])[1:]
    body = keypoints(flips)
    own = keypoints(rotations)[:, :2] * torch.tensor([1.0, -1.0])
    seen = torch.cat((own, points[:, 2:]), dim=1).expand(len(flips), -1, -1)
    camera = find_camera(body, seen)
    alike = reprojection_error(body, seen, camera) / camera.stature <= ALIKE
    joints = forward_kinematics(torch.cat((rotations[None], flips)))[0]
    apart = pa_mpjpe(joints[1:], joints[:1].expand_as(joints[1:])) >= APART
    return flips[alike & apart]


def _telling(material: Material, rotations: Tensor, other: Tensor, limb: str, rng: random.Random) -> Hint | None:
    """What most clearly tells a limb from another way it may be: true of the one and false of the other by the most
    sigmas."""
    true, false = material.registry.margins(material.measure(torch.stack((rotations, other))))
    clear = torch.minimum(true, -false)
    known = material.writer.chooser.spoken(material.registry.truth(material.measure(rotations[None]))[0].numpy())
    telling = [each for each in known if clear[each] > material.registry.margin and _of(material, each, (limb,))]
    return _said(material, sorted(telling, key=lambda each: -float(clear[each]))[:_TRIES], rng)


def _contradicted(material: Material, cases: Cases) -> dict[int, Hint]:
    """By row, something that is true of somebody else and clearly false of a person, however the view is taken: of
    every pose that reflecting limbs in depth gives, and of the real ones that look most alike. Only of arms and legs:
    how a trunk leans to the camera, a view hardly tells."""
    rng, found, known = material.dice("contradictions"), dict[int, Hint](), NearestByKeypoints(material.taught)
    truth = material.registry.truth(material.measure(cases.rotations)).numpy()
    for row, rotations in enumerate(cases.rotations):
        alike = torch.cat((depth_flips(rotations), known.alike(cases.points[row], LOOK_ALIKES)))
        margins = material.registry.margins(material.measure(alike))
        false = (margins <= -CLEARLY).all(0).numpy()
        somebody = truth[rng.randrange(len(truth))]
        limbs = [
            each for each in material.writer.chooser.spoken(somebody) if false[each] and _of(material, each, LIMBS)
        ]
        hint = _said(material, rng.sample(limbs, min(_TRIES, len(limbs))), rng)
        if hint is not None:
            found[row] = hint
    return found


def _of(material: Material, predicate: int, limbs: Sequence[str]) -> bool:
    """Whether it is said of one of these limbs, or of such a pair."""
    return material.registry.table[predicate].region in {*limbs, *(f"{limb.rpartition('_')[2]}s" for limb in limbs)}


def _said(material: Material, predicates: Sequence[int], rng: random.Random) -> Hint | None:
    """The first of several predicates whose words are read as they are meant; None where there are none."""
    for which in predicates:
        text = material.writer.write([which], rng).text
        claim = Statement(material.registry.predicates[which])
        if material.parser.parse(text).items == (claim,):
            return Hint(text, claim)
    return None


def _holds(material: Material, hints: Sequence[Hint], rotations: Tensor) -> list[bool]:
    return [held[0] for held in material.holds([[hint.claim] for hint in hints], material.measure(rotations))]


def _share(verdicts: Sequence[bool]) -> Estimate:
    return estimate([float(each) for each in verdicts])


def _improvement(bare: Tensor, told: Tensor, target: Tensor) -> Estimate:
    """By which share the mean error after the best similarity falls."""
    joints, wanted = [forward_kinematics(each)[0] for each in (bare, told)], forward_kinematics(target)[0]
    rows = np.stack([pa_mpjpe(each, wanted).double().numpy() for each in joints], axis=-1)
    return bootstrap(rows, lambda sums: 1.0 - sums[..., 1] / sums[..., 0])


def _moved(rotations: Tensor, others: Tensor) -> Tensor:
    return mpjpe(*(forward_kinematics(each)[0] for each in (rotations, others)))
