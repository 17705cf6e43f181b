"""Text to pose: prompts of a given number of statements."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from unipose.chat.ranking import Judge
from unipose.evaluation import answers
from unipose.evaluation.metrics import Estimate, fid, joint_errors, median, rates, recall
from unipose.evaluation.retrieval import load
from unipose.evaluation.tables.baselines import TfIdf, mean_pose
from unipose.evaluation.tables.material import Figures, Material, Table


def generation(material: Material, statements: int) -> Table:
    """Prompts of so many statements to poses, judged by the checker, the true pose and the retrieval evaluator.

    ``words alone`` are drafts without notes, ``ceiling`` is the true pose after the tokenizer, ``chance`` the pose of
    somebody else, ``nearest caption`` the training pose whose prompt is most alike, ``solver`` the pose language's own
    answer to what it reads in the text.
    """
    captions = material.prompts(material.poses, statements)
    rows = [row for row, caption in enumerate(captions) if len(caption.statements) == statements]
    texts, asked = [captions[row].text for row in rows], [captions[row].statements for row in rows]
    true = material.poses[rows]
    known = material.prompts(material.taught, statements)
    made, shown, seconds = drafts(material, texts), *generated(material, texts)
    answered = {
        "model": made,
        **words_alone(material, texts),
        "shown": shown,
        "ceiling": material.quantised(true),
        "chance": true.roll(1, 0),
        **without_model(material, texts, [caption.text for caption in known], material.taught),
    }
    table = {}
    for who, poses in answered.items():
        table[who] = rates(material.holds(asked, material.measure(poses)))
        table[who] |= joint_errors(poses, true) | _retrieved(poses, true, texts)
    table["shown"]["ms_p50"] = median([1000 * each for each in seconds])
    return table


def drafts(material: Material, texts: Sequence[str]) -> Tensor:
    """The model's likeliest pose for each of N texts, shown as the app shows them, [N, 22, 3, 3]."""
    return _answered(material, [material.unipose.as_shown(text, Judge(text)) for text in texts])


def words_alone(material: Material, texts: Sequence[str]) -> dict[str, Tensor]:
    """The same without what the parser read beside the words; nothing for a model that is never shown it."""
    return {"words alone": _answered(material, texts)} if material.unipose.model.config.notes else {}


def _answered(material: Material, texts: Sequence[str]) -> Tensor:
    asks = [material.ask("generate", text=text) for text in texts]
    return answers.poses(material.unipose.model, material.unipose.processor, asks)


def generated(material: Material, texts: Sequence[str]) -> tuple[Tensor, list[float]]:
    """What a person is shown for each of N texts, [N, 22, 3, 3], and how many seconds it took."""
    replies = [material.unipose.generate(text) for text in texts]
    return torch.stack([reply.poses[0].rotations for reply in replies]), [reply.seconds for reply in replies]


def without_model(material: Material, texts: Sequence[str], known: Sequence[str], poses: Tensor) -> dict[str, Tensor]:
    """Baselines for N texts, each [N, 22, 3, 3]; ``known`` are texts about training ``poses``."""
    read = [material.parser.parse(text).items for text in texts]
    plain = [[item for item in items if not material.checker.needs_before(item)] for items in read]
    return {
        "nearest caption": poses[TfIdf(known).nearest(texts)],
        "mean pose": mean_pose(poses).expand(len(texts), -1, -1, -1),
        "solver": material.solver.solve(plain).rotations,
    }


@torch.inference_mode()
def _retrieved(poses: Tensor, true: Tensor, texts: Sequence[str]) -> Figures:
    judge = load("poses")
    found, real, words = judge.encode_poses(poses), judge.encode_poses(true), judge.encode_texts(texts)
    figures: dict[str, Estimate] = {"fid": fid(found, real)}
    for way, similar in (("text to pose", words @ found.T), ("pose to text", found @ words.T)):
        for pool, among in ((32, "in 32"), (None, "in all")):
            tops = (1, 2, 3) if pool else (1, 5, 10, 20)
            figures |= {f"{way} {name} {among}": one for name, one in recall(similar, tops, pool).items()}
    return figures
