"""The command line: thin commands over the model's verbs.

Answers go to standard output, everything else to standard error. With ``--json`` an answer is exactly one object,
``{"text": str, "poses": [[[x, y, z] x 22] ...], "seconds": float}``, where a pose is its axis-angle vectors in
radians as in the ``.npz`` files. ``chat`` prints one such object a turn; ``evaluate``, ``bench`` and ``train`` add the
key ``figures``, what they measured by name, commands that look at photos (:mod:`unipose.photo_cli`) ``photos``, and
``batch`` and ``doctor`` (:mod:`unipose.tools_cli`) ``figures`` and ``checks``. Bad input ends with exit code 2 and one
clear line.

Heavy imports stay inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from unipose.arguments import (
    Bits,
    Data,
    Device,
    Dtype,
    Json,
    Model,
    Output,
    answer_poses,
    check_output,
    find_data,
    load_model,
    read_pose,
)
from unipose.language_cli import app as language_app
from unipose.library_cli import app as library_app
from unipose.photo_cli import app as photo_app
from unipose.terminal import BAD_INPUT, answer, converse, fail, flat, measured, one_line, say
from unipose.tools_cli import app as tools_app

if TYPE_CHECKING:
    from unipose.chat import UniPose

_UsageError: Any = typer.BadParameter.__base__  # typer does not export it, and brings its own click or the real one

Candidates = Annotated[int, typer.Option("--candidates", help="How many poses, best first.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Of the sampling; without one the likeliest answer is given.")]
PoseFile = Annotated[Path, typer.Argument(metavar="POSE", help="A pose: .npz (AMASS, SMPL), .json or .bvh.")]

app = typer.Typer(
    help="Understand, generate and edit 3D human poses.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(photo_app)
app.add_typer(tools_app)
app.add_typer(language_app, name="language")
app.add_typer(library_app)


# -- verbs -----------------------------------------------------------------------------------------------------


@app.command()
def generate(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The posture in words.")],
    output: Output = None,
    candidates: Candidates = 1,
    seed: Seed = None,
    model: Model = None,
    device: Device = None,
    dtype: Dtype = "auto",
    bits: Bits = None,
    as_json: Json = False,
) -> None:
    """Words to a pose."""
    check_output(output)
    unipose = load_model(model, device, dtype, bits)
    reply = unipose.generate(text, candidates, seed)
    answer_poses(reply, output, as_json, words=lambda: unipose.describe(reply.poses[0]).text)


@app.command()
def edit(
    pose: PoseFile,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to change.")],
    output: Output = None,
    candidates: Candidates = 1,
    seed: Seed = None,
    model: Model = None,
    device: Device = None,
    dtype: Dtype = "auto",
    bits: Bits = None,
    as_json: Json = False,
) -> None:
    """A pose and an instruction to a changed pose."""
    check_output(output)
    base = read_pose(pose)
    unipose = load_model(model, device, dtype, bits)
    reply = unipose.edit(base, text, candidates, seed)
    answer_poses(reply, output, as_json, words=lambda: unipose.compare(base, reply.poses[0]).text)


@app.command()
def chat(
    model: Model = None, device: Device = None, dtype: Dtype = "auto", bits: Bits = None, as_json: Json = False
) -> None:
    """Talk in the terminal; one line a turn, an empty line or Ctrl-D ends. With --json one object a turn."""
    from unipose.chat import Session

    converse(Session(load_model(model, device, dtype, bits)), as_json)


@app.command()
def export(
    pose: PoseFile,
    to: Annotated[str, typer.Option("--to", help="npz, json, obj, glb (rigged), bvh or png.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Default: beside the pose.")] = None,
    model: Model = None,
    as_json: Json = False,
) -> None:
    """A pose to a file for other programs."""
    from unipose.body.export import FORMATS
    from unipose.body.export import export as write

    if to not in FORMATS:
        fail(f"a pose is exported as {', '.join(FORMATS)}; found --to {to}")
    started = time.perf_counter()
    found = read_pose(pose)
    path = output or pose.with_suffix(f".{to}")
    if path.suffix != f".{to}":
        fail(f"--to {to} writes a file ending in .{to}, found '{path.name}'")
    if path.resolve() == pose.resolve():
        fail(f"'{path}' is the pose itself; name another file with -o")
    with one_line():
        write(found, path)
    answer(f"wrote {path}", [found], time.perf_counter() - started, as_json)


# -- training and measuring ------------------------------------------------------------------------------------

Stage = Annotated[str, typer.Argument(metavar="STAGE", help="tokenizer, alignment, projector, instruction, or all.")]
Out = Annotated[Path, typer.Option("--out", help="Folder of the run: checkpoint, logs and the trained model.")]


@app.command()
def train(
    stage: Stage,
    out: Out,
    data: Data = None,
    tokenizer: Annotated[
        Path | None, typer.Option("--tokenizer", help="Folder of a trained pose tokenizer (alignment).")
    ] = None,
    start: Annotated[Path | None, typer.Option("--start", help="Folder of a model to go on from.")] = None,
    named: Annotated[Path | None, typer.Option("--named", help="Poses of the lexicon's entries, .npz.")] = None,
    pictures: Annotated[Path | None, typer.Option("--pictures", help="Folder of labelled pictures.")] = None,
    lora: Annotated[
        bool | None, typer.Option("--lora/--whole", help="How to train the language model. Default: by its size.")
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Length; default: the stage's own.")] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", help="Time to end within, the saved model included: 90s, 9m or 1.5h.")
    ] = None,
    pause: Annotated[
        str | None, typer.Option("--pause", help="Leave after this time with a checkpoint; the schedule stays.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in --out.")] = False,
    shares: Annotated[
        int, typer.Option("--shares", min=0, help="Cut a step into so many, accumulating gradients. 0: one a process.")
    ] = 0,
    precision: Annotated[str, typer.Option("--precision", help="bf16 or no.")] = "bf16",
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="Of batches and first weights.")] = 0,
    threads: Annotated[int, typer.Option("--threads", min=0, help="CPU threads; 0 leaves the choice to torch.")] = 0,
    as_json: Json = False,
) -> None:
    """Train a stage of the model, or all of them in order, each in a folder of its name in --out.

    Several processes share the work of each step:

    accelerate launch --num_processes 8 -m unipose train alignment --tokenizer T --out OUT

    Several machines, on each of them, with its own rank and the first one's address:

    accelerate launch --num_machines 2 --num_processes 16 --machine_rank RANK --main_process_ip ADDRESS
    --main_process_port 29500 -m unipose train alignment --tokenizer T --out OUT

    All read --data and --out from the same paths; the first process writes. On CPUs add --cpu.
    """
    began = time.monotonic()
    with one_line():
        from transformers.utils.logging import disable_progress_bar

        from unipose.training.pipeline import Given, main_process, train_all, train_stage
        from unipose.training.schedule import parse_budget
        from unipose.training.stages import STAGES, settings

        if stage not in (*STAGES, "all"):
            raise ValueError(f"STAGE is {', '.join(STAGES)} or all, found {stage!r}")
        how: dict[str, Any] = {"steps": steps, "resume": resume, "shares": shares, "precision": precision}
        how |= {"seed": seed, "threads": threads}
        how |= {"budget": parse_budget(budget) if budget else None, "pause": parse_budget(pause) if pause else None}
        wants_poses = stage == "all" or "data" in STAGES[stage].needs
        given = Given(find_data(data) if wants_poses else data, tokenizer, start, named, pictures, lora)
        disable_progress_bar()  # of saving and loading; training has its own
        with main_process() as first:

            def work() -> dict[str, float]:
                if stage == "all":
                    return train_all(out, given, progress=say if first else lambda line: None, **how)
                return train_stage(stage, given, settings(stage, out, began=began, **how))

            if first:
                measured(work, as_json)
            else:
                work()


@app.command()
def evaluate(
    data: Data = None,
    split: Annotated[str, typer.Option("--split", help="val or test.")] = "val",
    count: Annotated[int, typer.Option("--count", min=1, help="Examples of each language task.")] = 300,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="Of the choice of examples.")] = 0,
    only: Annotated[str, typer.Option("--only", help="Tables with these words in their titles.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Write the figures here as JSON.")] = None,
    model: Model = None,
    device: Device = None,
    dtype: Dtype = "auto",
    bits: Bits = None,
    as_json: Json = False,
) -> None:
    """Measure the model on held-out people. Ways of decoding are compared with --only decoding."""
    from unipose.evaluation.printing import table
    from unipose.evaluation.run import evaluate as measure
    from unipose.evaluation.run import origin

    if out is not None and not out.parent.is_dir():
        fail(f"there is no folder '{out.parent}' to write '{out.name}' into")
    unipose = load_model(model, device, dtype, bits)
    started = time.perf_counter()
    with one_line():
        folder = find_data(data)
        report = measure(unipose, folder, split=split, count=count, seed=seed, only=only, progress=say)
        if out is not None:
            command = f"python -m unipose evaluate --data DATA --split {split} --count {count} --seed {seed}"
            command += f' --only "{only}"' if only else ""
            result = origin(command, split, count, seed) | {"model": unipose.name, "figures": report}
            out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    answer(table(report), [], time.perf_counter() - started, as_json, figures=report)


@app.command()
def bench(
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="Calls per figure.")] = 20,
    random_weights: Annotated[
        str | None, typer.Option("--random-weights", help="official or mini: a network of that size, not --model.")
    ] = None,
    model: Model = None,
    device: Annotated[str, typer.Option("--device", help="auto, cuda, mps or cpu.")] = "auto",
    dtype: Dtype = "auto",
    bits: Bits = None,
    the_app: Annotated[
        bool, typer.Option("--app", help="The app in place of the model: weight of the page, Enter to body drawn.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Time the model on this machine: answers, passes, batches, memory. With --app, the page in a real browser."""
    from unipose.evaluation.bench.figures import Effort, bench_network
    from unipose.evaluation.bench.figures import bench as measure
    from unipose.evaluation.bench.machine import fastest_dtype, named
    from unipose.evaluation.bench.networks import random_network
    from unipose.evaluation.bench.report import table
    from unipose.model.runtime import pick_device, pick_dtype

    if random_weights is not None and model is not None:
        fail("--model and --random-weights exclude each other; give one of them")
    if random_weights is not None and bits is not None:
        fail("--bits is for a model's weights; random ones stay whole")
    started = time.perf_counter()
    if the_app:
        if random_weights is not None:
            fail("--app and --random-weights exclude each other; give one of them")
        with one_line():
            place = pick_device(device)
            figures, told = _bench_page(load_model(model, str(place), pick_dtype(dtype, place), bits), repeats)
        answer(told, [], time.perf_counter() - started, as_json, figures=figures)
        return
    with one_line():
        place = pick_device(device)
        # nothing is lost by rounding weights without meaning; on a GPU the published network runs in bfloat16
        free = random_weights is not None and dtype == "auto" and place.type == "cpu"
        numbers = fastest_dtype(place) if free else pick_dtype(dtype, place)
        if random_weights is not None:
            what, network = f"random weights, size {random_weights}", random_network(random_weights, place, numbers)
            figures = bench_network(network, Effort(repeats))
        else:
            unipose = load_model(model, str(place), numbers, bits)
            what, network = unipose.name, unipose.model
            figures = measure(unipose, Effort(repeats))
    about = f"{what}, {str(network.dtype).removeprefix('torch.')}, on {place}: {named(place)}"
    answer(table(figures, about), [], time.perf_counter() - started, as_json, figures=figures)


def _bench_page(unipose: UniPose, turns: int) -> tuple[dict[str, float], str]:
    """The app for one visitor, at the light mesh; figures, and the same for people."""
    from unipose.body.mesh import FreeBody
    from unipose.evaluation.bench.app import app_table, bench_app, find_chromium
    from unipose.evaluation.bench.machine import named
    from unipose.ui.page import Page

    body = FreeBody.load("light")
    page = Page(unipose, body)
    unipose.warm_up()
    try:
        address = page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")[1]
        figures = bench_app(address, turns, find_chromium())
    finally:
        page.blocks.close()
        page.house.folder.cleanup()
    about = f"{unipose.name}, body of {len(body.faces)} triangles: {named(unipose.model.device)}"
    return figures, app_table(figures, about)


@app.command("convert-official")
def convert_official(
    unipose: Annotated[Path, typer.Option("--unipose", help="Folder unipose/ of the official release.")],
    base: Annotated[Path, typer.Option("--base", help="Folder of llava-v1.6-mistral-7b.")],
    tokenhmr: Annotated[Path, typer.Option("--tokenhmr", help="tokenhmr_model.ckpt.")],
    pose_vqvae: Annotated[Path, typer.Option("--pose-vqvae", help="best_MPJPE.ckpt of the pose tokenizer.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to make; new or empty.")],
    dtype: Annotated[str, typer.Option("--dtype", help="bf16, f16 or f32.")] = "bf16",
    shard_size: Annotated[str, typer.Option("--shard-size", help="Of the files, and about the memory taken.")] = "4GB",
    vision: Annotated[
        Path | None, typer.Option("--vision", help="Sizes of the image towers, JSON. Default: the published.")
    ] = None,
    push: Annotated[str | None, typer.Option("--push", help="Then upload it to the Hub: owner/name.")] = None,
    as_json: Json = False,
) -> None:
    """Turn the official release into one folder that --model opens; docs/converting.md lists the files."""
    from unipose.chat.hub import parse
    from unipose.chat.sharing import push_folder
    from unipose.interop import OfficialFiles, convert, read_vision

    started = time.perf_counter()
    if push is not None and parse(push) is None:
        fail(f"--push: a repository on the Hub is named owner/name, found '{push}'")
    with one_line():
        files = OfficialFiles(unipose, base, tokenhmr, pose_vqvae)
        convert(files, out, dtype, shard_size, read_vision(vision) if vision else None, progress=say)
    page = f", and uploaded it: {push_folder(out, push)}" if push is not None else ""
    answer(f"wrote {out}{page}", [], time.perf_counter() - started, as_json)


# -- how -------------------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave the process with its exit code."""
    try:
        code = app(args=arguments, prog_name="unipose", standalone_mode=False)
    except typer.Exit as leave:
        sys.exit(leave.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except _UsageError as error:
        say(flat(error.format_message()))
        sys.exit(BAD_INPUT)
    except Exception as error:
        # loading chat is heavy; if it was never loaded, it raised nothing
        chat_module = sys.modules.get("unipose.chat.turns")
        if chat_module is None or not isinstance(error, chat_module.UserError):
            raise
        say(flat(str(error)))
        sys.exit(BAD_INPUT)
    sys.exit(code if isinstance(code, int) else 0)
