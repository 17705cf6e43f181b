"""Commands of the pose language: they need no model, only geometry and words.

``check`` tells what of a text holds for a pose, ``caption`` describes a pose in a chosen detail and register,
``ask`` answers a question about one, ``solve`` finds a pose that does what a text says, ``sheet`` renders the lexicon
or captioned poses to one picture, ``measure`` takes the figures by which all of this is judged.
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Annotated

import typer

from unipose.terminal import answer, fail, one_line, say

app = typer.Typer(help="Speak, check and solve poses by geometry alone.", no_args_is_help=True)

PoseFile = Annotated[Path, typer.Argument(metavar="POSE", help="A pose, .npz or .json.")]
Text = Annotated[str, typer.Argument(metavar="TEXT", help="A posture, or a change, in words.")]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on standard output.")]
Seed = Annotated[int, typer.Option("--seed", help="Of everything that is drawn.")]
Start = Annotated[Path | None, typer.Option("--from", metavar="POSE", help="The pose that changes start from.")]


@app.command()
def caption(
    pose: PoseFile,
    level: Annotated[str, typer.Option("--level", help="tag, gist, short, full or exact.")] = "short",
    register: Annotated[str, typer.Option("--register", help="plain, clinical, casual, coach ...")] = "plain",
    viewpoint: Annotated[str, typer.Option("--viewpoint", help="subject, mirror or camera.")] = "subject",
    part: Annotated[str | None, typer.Option("--part", help="Only this part, such as left_arm, legs or head.")] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """A pose to words, with the statements that made them under --json."""
    started = time.perf_counter()
    with one_line():
        from unipose.body.pose import Pose
        from unipose.language import Describer, Planner, Registry, Writer
        from unipose.language.choosing.plan import LEVELS

        if level not in LEVELS:
            raise ValueError(f"level is one of {', '.join(LEVELS)}, found '{level}'")
        registry = Registry.load()
        values = registry.measure_poses(Pose.load(pose).rotations)
        describer = Describer(Writer(registry), Planner(registry))
        said = describer.describe(values, random.Random(seed), LEVELS.index(level), register, viewpoint, part)
    answer(said.text, [], time.perf_counter() - started, as_json, caption=said.to_dict())


@app.command()
def check(pose: PoseFile, text: Text, start: Start = None, as_json: Json = False) -> None:
    """What of a text holds for a pose: a mark for each thing that it claims."""
    started = time.perf_counter()
    with one_line():
        from unipose.body.pose import Pose
        from unipose.language import Judgement, Parser, Registry
        from unipose.language.checking.verdicts import SIGNS

        registry = Registry.load()
        values = registry.measure_poses(Pose.load(pose).rotations)
        before = None if start is None else registry.measure_poses(Pose.load(start).rotations)
        found = Judgement(registry).verdicts(text, Parser.load().parse(text), values, before)
    lines = "\n".join(f"{SIGNS[each.mark]} {each.words}" for each in found)
    marks = [{"words": each.words, "mark": each.mark} for each in found]
    answer(lines, [], time.perf_counter() - started, as_json, verdicts=marks)


@app.command()
def ask(
    pose: PoseFile,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help='Such as "How bent is the left knee?".')],
    start: Start = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Answer a question about a pose; what a pose cannot tell is said to be so."""
    started = time.perf_counter()
    with one_line():
        from unipose.body.pose import Pose
        from unipose.language import Answerer

        answerer = Answerer.load()
        values = answerer.registry.measure_poses(Pose.load(pose).rotations)
        before = None if start is None else answerer.registry.measure_poses(Pose.load(start).rotations)
        found = answerer.answer(question, values, before, random.Random(seed))
    answer(found.text, [], time.perf_counter() - started, as_json, answer=found.to_dict())


@app.command()
def solve(
    text: Text,
    start: Start = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the pose here, .npz or .json.")] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Find a pose that does what a text says; what cannot hold together is told."""
    import torch

    started = time.perf_counter()
    with one_line():
        from unipose.body.pose import Pose
        from unipose.language import Parser, Solver, Writer
        from unipose.language.solving.conflicts import explain

        read = Parser.load().parse(text)
        if not read.items:
            raise ValueError(f"nothing in '{text}' is about a posture; try \"left arm raised, knees bent\"")
        solver = Solver.load()
        starts = None if start is None else Pose.load(start).rotations[None]
        found = solver.solve([read.items], starts, torch.Generator().manual_seed(seed))
        pose = Pose.from_rotations(found.rotations[0])
        if output is not None:
            pose.save(output)
            say(f"wrote {output}")
    writer, rng = Writer(solver.registry), random.Random(seed)
    told = [explain(conflict, writer, rng) for conflict in found.conflicts[0]]
    told += [f"Not understood: {' '.join(read.unparsed)}."] if read.unparsed else []
    held = sum(found.satisfied[0])
    told.insert(0, f"{held} of {len(read.items)} claims hold.")
    answer(" ".join(told), [pose], time.perf_counter() - started, as_json, satisfied=found.satisfied[0])


@app.command()
def sheet(
    output: Annotated[Path, typer.Option("-o", "--output", help="The picture to write, .png or .jpg.")],
    names: Annotated[list[str] | None, typer.Option("--lexicon", help="A field or an entry; all without.")] = None,
    sample: Annotated[int, typer.Option("--sample", help="Only so many of the entries, drawn by --seed.")] = 0,
    captions: Annotated[int, typer.Option("--captions", help="So many captioned poses instead of the lexicon.")] = 0,
    level: Annotated[str, typer.Option("--level", help="Of the captions.")] = "gist",
    each: Annotated[int, typer.Option("--each", help="Poses of every entry.")] = 1,
    data: Annotated[Path | None, typer.Option("--data", help="Captured poses to caption; else sampled ones.")] = None,
    seed: Seed = 0,
) -> None:
    """Render the lexicon, or captioned poses, to one picture."""
    if output.suffix.lower() not in (".png", ".jpg", ".jpeg") or not output.parent.is_dir():
        fail(f"'{output}' is no picture that can be written; name a .png or .jpg in a folder that exists")
    with one_line():
        from unipose.evaluation.words import sheets
        from unipose.language.choosing.plan import LEVELS

        if level not in LEVELS:
            raise ValueError(f"level is one of {', '.join(LEVELS)}, found '{level}'")
        if captions:
            poses = sheets.sampled(captions, seed) if data is None else sheets.captured(data, captions, seed)
            picture = sheets.caption_sheet(poses, LEVELS.index(level), seed)
        else:
            chosen = sheets.entries(names or [])
            if 0 < sample < len(chosen):
                chosen = [chosen[place] for place in sorted(random.Random(seed).sample(range(len(chosen)), sample))]
            picture = sheets.lexicon_sheet(chosen, each, seed)
    picture.save(output)
    say(f"wrote {output}")


@app.command()
def measure(
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the pose collection.")] = None,
    only: Annotated[str, typer.Option("--only", help="Some of the figures, such as truth,retrieval.")] = "",
    count: Annotated[
        int | None, typer.Option("--count", min=1, help="At most so many cases a figure, for a quick look.")
    ] = None,
    sentences: Annotated[
        Path | None, typer.Option("--sentences", help="Hand-written sentences to read. Default: those of the tests.")
    ] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Take every figure of the pose language and set it beside its target. All of them take some minutes."""
    started = time.perf_counter()
    with one_line():
        from unipose.evaluation.words.figures import table
        from unipose.evaluation.words.pose_language import PoseLanguage

        sections = {}
        for name, figures in PoseLanguage(data, count, seed, sentences).measure(
            [each for each in only.split(",") if each]
        ):
            sections[name] = figures
            say(f"{name}: {time.perf_counter() - started:.0f} s")
    figures_of = {name: [figure.to_dict() for figure in figures] for name, figures in sections.items()}
    answer(table(sections), [], time.perf_counter() - started, as_json, figures=figures_of)
