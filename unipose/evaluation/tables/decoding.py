"""How best to decode a pose: in how many passes, and out of how many draws, chosen by whom. Side by side in one run."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
from torch import Tensor

from unipose.body.pose import Pose
from unipose.chat.drawing import TEMPERATURE
from unipose.chat.ranking import Judge
from unipose.evaluation.metrics import Estimate, median, rates
from unipose.evaluation.tables.material import Material, Table
from unipose.language.items import Item
from unipose.model.decoding import DecodeSettings, PoseEvent, decode

PASSES = (1, 2, 4, 8)
DRAWS = (1, 4, 8)


def decoding(material: Material, statements: int) -> Table:
    """Prompts of so many statements, decoded in 1, 2, 4 and 8 passes, and as the best of 1, 4 and 8 draws.

    Of one draw the likeliest code is taken everywhere. Of several, the first is that one and the others are sampled;
    the best is chosen by the checker on what the parser reads in the prompt (the likelier of equals), or by the model's
    own likelihood alone. Nothing is mended. ``ms_p50`` is the time for one prompt, choosing included.
    """
    captions = [one for one in material.prompts(material.poses, statements) if len(one.statements) == statements]
    asked = [one.statements for one in captions]
    table: Table = {}
    for passes in PASSES:
        for draws in DRAWS:
            made: dict[str, list[Tensor]] = {"checker": [], "likelihood": []}
            seconds: list[float] = []
            for caption in captions:
                started = time.perf_counter()
                poses, scores = _drawn(material, caption.text, passes, draws)
                shares = Judge(caption.text).shares(poses) if draws > 1 else [1.0]
                best = max(range(draws), key=lambda which: (shares[which], scores[which]))
                seconds.append(time.perf_counter() - started)
                made["checker"].append(poses[best].rotations)
                made["likelihood"].append(poses[scores.index(max(scores))].rotations)
            way = f"{passes} pass{'es' if passes > 1 else ''}"
            for chooser, found in made.items():
                if draws == 1 and chooser == "likelihood":
                    continue
                name = way if draws == 1 else f"{way}, best of {draws} by the {chooser}"
                table[name] = _judged(material, asked, found)
                table[name]["ms_p50"] = median([1000 * each for each in seconds])
    return table


def _judged(material: Material, asked: Sequence[Sequence[Item]], found: list[Tensor]) -> dict[str, Estimate]:
    return rates(material.holds(asked, material.measure(torch.stack(found))))


@torch.inference_mode()
def _drawn(material: Material, text: str, passes: int, draws: int) -> tuple[list[Pose], list[float]]:
    """The likeliest pose and others, and the log-likelihood of each."""
    unipose = material.unipose
    ask = [{"role": "user", "content": material.ask("generate", text=unipose.as_shown(text, Judge(text)))}]
    room = unipose.processor.num_queries + 2
    poses: list[Pose] = []
    scores: list[float] = []
    for count, temperature in ((1, 0.0), (draws - 1, TEMPERATURE)):
        if not count:
            continue
        settings = DecodeSettings(
            max_new_tokens=room, force_pose=True, pose_temperature=temperature, pose_passes=passes
        )
        dice = torch.Generator(unipose.model.device).manual_seed(0)
        events = decode(unipose.model, unipose.processor([ask] * count).to(unipose.model.device), settings, dice)
        found = sorted((event for event in events if isinstance(event, PoseEvent)), key=lambda event: event.row)
        poses += [unipose.decode_pose(event.codes.numpy()) for event in found]
        scores += [event.log_prob for event in found]
    return poses, scores
