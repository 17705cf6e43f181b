"""Pose to text and pose difference: what is said, is it true, does it single out its pose, how is it worded?"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from unipose.body.pose import Pose
from unipose.chat import Reply
from unipose.evaluation import answers
from unipose.evaluation.metrics import estimate, likeness, median, r_precision, rates, recall
from unipose.evaluation.metrics.matching import POOL, VARIANTS
from unipose.evaluation.retrieval import load
from unipose.evaluation.tables.baselines import nearest_poses
from unipose.evaluation.tables.changes import pairs
from unipose.evaluation.tables.material import Figures, Material, Table, poses_of
from unipose.language.checking.verdicts import soft_score
from unipose.language.items import Item

REFERENCES = 4
"""Texts about the same pose that BLEU and its kind compare with."""
_CLEARLY = 1e-2  # less than one claim more or less of any text


def description(material: Material) -> Table:
    """Poses to words. ``ceiling`` is one more text of the kind that the references are, ``chance`` the model's text
    about somebody else, ``nearest pose`` the text about the training pose whose joints are nearest."""
    poses, unipose = material.poses, material.unipose
    asks = [material.ask("describe", poses=[codes]) for codes in material.codes(poses)]
    near = material.taught[nearest_poses(poses, material.taught)]
    return spoken(
        material,
        drafts=answers.texts(unipose.model, unipose.processor, asks),
        replies=[unipose.describe(pose) for pose in poses_of(poses)],
        ceiling=[caption.text for caption in material.descriptions(poses, REFERENCES)],
        nearest=[caption.text for caption in material.descriptions(near)],
        references=[[one.text for one in material.descriptions(poses, turn)] for turn in range(REFERENCES)],
        about=poses[:, None],
    )


def difference(material: Material) -> Table:
    """Two poses to what differs; ``nearest pose`` is the text about the training pair whose joints are nearest."""
    unipose = material.unipose
    about = pairs(material, material.poses)
    before, after = about.unbind(1)
    known = pairs(material, material.taught)
    near = known[nearest_poses(about, known)]
    sides = zip(material.codes(before), material.codes(after), strict=True)
    asks = [material.ask("compare", poses=list(pair)) for pair in sides]
    told: list[tuple[Pose, Pose]] = list(zip(poses_of(before), poses_of(after), strict=True))
    return spoken(
        material,
        drafts=answers.texts(unipose.model, unipose.processor, asks),
        replies=[unipose.compare(*pair) for pair in told],
        ceiling=[caption.text for caption in material.changes(before, after, told=True, turn=REFERENCES)],
        nearest=[caption.text for caption in material.changes(near[:, 0], near[:, 1], told=True)],
        references=[[one.text for one in material.changes(before, after, True, turn)] for turn in range(REFERENCES)],
        about=about,
    )


def spoken(
    material: Material,
    drafts: Sequence[str],
    replies: Sequence[Reply],
    ceiling: Sequence[str],
    nearest: Sequence[str],
    references: Sequence[Sequence[str]],
    about: Tensor,
) -> Table:
    """Judge texts.

    Args:
        material: judges.
        drafts, replies: the model's first draft, and what its verbs answer.
        ceiling, nearest: texts of those who know the pose, and of the nearest known one.
        references: several lists of N texts.
        about: [N, 1, 22, 3, 3] poses, or [N, 2, 22, 3, 3] pairs, facing +Z.
    """
    kept = [row for row, texts in enumerate(zip(*references, strict=True)) if any(texts)]
    others = [[texts[row] for texts in references if texts[row]] for row in kept]
    said = {
        "model": drafts,
        "shown": [reply.text for reply in replies],
        "ceiling": ceiling,
        "chance": [drafts[row - 1] for row in range(len(drafts))],
        "nearest pose": nearest,
    }
    table = {who: _judged(material, [texts[row] for row in kept], about[kept], others) for who, texts in said.items()}
    table["shown"]["ms_p50"] = median([1000 * reply.seconds for reply in replies])
    return table


@torch.inference_mode()
def _judged(material: Material, texts: Sequence[str], about: Tensor, references: Sequence[Sequence[str]]) -> Figures:
    parses = [material.parser.parse(text) for text in texts]
    values = material.measure(about[:, -1])
    before = material.measure(about[:, 0]) if about.shape[1] == 2 else None
    items = [
        [item for item in parse.items if before is not None or not material.checker.needs_before(item)]
        for parse in parses
    ]
    figures = rates(material.holds(items, values, before)) | {
        "said": estimate([float(len(each)) for each in items]),
        "unread": estimate([float(bool(parse.unparsed)) for parse in parses]),
        "R@1 by claims": recall(_by_claims(material, items, values, before), (1,), POOL)["R@1"],
    }
    judge = load("poses" if before is None else "pairs")
    similar = judge.encode_texts(texts) @ judge.encode_poses(about).T
    for variant in VARIANTS:
        figures |= {f"R-precision {variant} {top}": one for top, one in r_precision(similar, variant).items()}
    return figures | likeness(texts, references)


def _by_claims(material: Material, items: Sequence[Sequence[Item]], values: Tensor, before: Tensor | None) -> Tensor:
    """How well each pose does what each text claims, [texts, poses]: what holds decides, then how clearly it does."""
    margins = [material.checker.margins(each, values, before) for each in items]
    held = torch.stack([(each >= 0).float().mean(-1) if each.shape[-1] else torch.zeros(len(each)) for each in margins])
    clear = torch.stack([soft_score(each) if each.shape[-1] else torch.zeros(len(each)) for each in margins])
    return held + _CLEARLY * clear
