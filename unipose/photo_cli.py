"""The commands that look at photos: ``estimate``, ``describe`` and ``compare`` (of poses, too), ``evaluate-photos``.

With ``--json`` what was seen in a photo stands under ``photos``, see :func:`unipose.chat.seen.seen`.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unipose.arguments import (
    READ,
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
from unipose.terminal import answer, fail, one_line, say

if TYPE_CHECKING:
    from unipose.body.pose import Pose
    from unipose.chat import Reply, UniPose
    from unipose.chat.looking import Look

app = typer.Typer()

PICTURES = (".png", ".jpg", ".jpeg")

Who = Annotated[
    str | None,
    typer.Option("--who", help="Which person: a number from the left, or words such as 'the one on the right'."),
]
Keypoints = Annotated[
    Path | None,
    typer.Option(
        "--keypoints", help="JSON of what a detector found: ours, OpenPose's or COCO results. No photo needed."
    ),
]


@app.command()
def estimate(
    photo: Annotated[
        Path | None, typer.Argument(metavar="[PHOTO]", help="A photo; not needed with --keypoints.")
    ] = None,
    hint: Annotated[str | None, typer.Option("--hint", help="What you know about the person.")] = None,
    who: Who = None,
    keypoints: Keypoints = None,
    output: Output = None,
    overlay: Annotated[
        Path | None, typer.Option("--overlay", help="Write the photo with the body over it here, .png or .jpg.")
    ] = None,
    model: Model = None,
    device: Device = None,
    dtype: Dtype = "auto",
    bits: Bits = None,
    as_json: Json = False,
) -> None:
    """A photo to a pose as the camera sees it; docs/photos.md tells more."""
    check_output(output)
    check_output(overlay, PICTURES, "a picture")
    if overlay is not None and photo is None:
        fail("--overlay draws over a photo; name one")
    unipose = load_model(model, device, dtype, bits)
    reply = unipose.estimate(photo, hint, who=_who(who), keypoints=keypoints)
    if overlay is not None:
        from unipose.evaluation.photos.photographs import drawn_over

        picture = drawn_over(reply)
        if picture is not None and reply.poses:
            with one_line():
                picture.save(overlay)
            say(f"wrote {overlay}")
    if not reply.poses:
        _nobody(reply, as_json)
    answer_poses(reply, output, as_json, lambda: unipose.describe(reply.poses[0]).text, photos=_seen(reply.look))


@app.command()
def describe(
    what: Annotated[Path, typer.Argument(metavar="POSE|PHOTO", help="A pose, .npz or .json, or a photo.")],
    who: Who = None,
    keypoints: Keypoints = None,
    model: Model = None,
    device: Device = None,
    dtype: Dtype = "auto",
    bits: Bits = None,
    as_json: Json = False,
) -> None:
    """A pose, or the posture of a person in a photo, to words."""
    if _is_pose(what):
        _photos_only(who=who, keypoints=keypoints)
        pose = read_pose(what)
        reply = load_model(model, device, dtype, bits).describe(pose)
        return answer(reply.text, reply.poses, reply.seconds, as_json)
    reply = load_model(model, device, dtype, bits).describe_photo(what, who=_who(who), keypoints=keypoints)
    answer(reply.text, reply.poses, reply.seconds, as_json, photos=_seen(reply.look))


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="The pose, or a photo, before.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The pose, or a photo, after.")],
    model: Model = None,
    device: Device = None,
    dtype: Dtype = "auto",
    bits: Bits = None,
    as_json: Json = False,
) -> None:
    """Two poses, or the main people of two photos, to the change from the first to the second, in words."""
    found = {path: read_pose(path) for path in (a, b) if _is_pose(path)}
    unipose = load_model(model, device, dtype, bits)
    if not found:
        reply = unipose.compare_photos(a, b)
        return answer(reply.text, reply.poses, reply.seconds, as_json)
    started = time.perf_counter()
    before, after = (found.get(path) or _estimated(unipose, path) for path in (a, b))
    reply = unipose.compare(before, after)
    answer(reply.text, reply.poses, time.perf_counter() - started, as_json)


@app.command("evaluate-photos")
def evaluate_photos(
    data: Data = None,
    pictures: Annotated[
        Path | None, typer.Option("--pictures", help="Folder of rendered pictures, as tools/people makes it.")
    ] = None,
    photos: Annotated[Path | None, typer.Option("--photos", help="Folder of real photos.")] = None,
    labelled: Annotated[
        Path | None, typer.Option("--labelled", help="Folder of 3DPW, Human3.6M or SPIN's files.")
    ] = None,
    split: Annotated[str, typer.Option("--split", help="val or test.")] = "test",
    count: Annotated[int, typer.Option("--count", min=1, help="People of each table, at most.")] = 250,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="Of who, and of what detectors miss.")] = 0,
    only: Annotated[str, typer.Option("--only", help="Groups of tables with these words in their names.")] = "",
    sheet: Annotated[
        Path | None, typer.Option("--sheet", help="Write the real photos with their estimates here, .png or .jpg.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the figures here as JSON.")] = None,
    model: Model = None,
    device: Device = None,
    dtype: Dtype = "auto",
    bits: Bits = None,
    as_json: Json = False,
) -> None:
    """Measure the model on photos: imagined ones of --data, and those of the folders that are named.

    With --photos or --labelled alone no pose collection is needed, unless --data names one.
    """
    from unipose.evaluation.photos.run import Sources
    from unipose.evaluation.photos.run import evaluate_photos as measure
    from unipose.evaluation.printing import table
    from unipose.evaluation.run import origin

    check_output(out, (".json",), "a report")
    check_output(sheet, PICTURES, "a picture")
    if sheet is not None and photos is None:
        fail("--sheet shows real photos; name their folder with --photos")
    wanted = data is not None or pictures is not None or (photos is None and labelled is None)
    sources = Sources(find_data(data) if wanted else None, pictures, photos, labelled)
    unipose = load_model(model, device, dtype, bits)
    started = time.perf_counter()
    with one_line():
        report = measure(
            unipose, sources, split=split, count=count, seed=seed, only=only, contact_sheet=sheet, progress=say
        )
        if out is not None:
            command = "python -m unipose evaluate-photos"
            named = {"--data": sources.data, "--pictures": pictures, "--photos": photos, "--labelled": labelled}
            command += "".join(f" {option} {option[2:].upper()}" for option, folder in named.items() if folder)
            command += f" --split {split} --count {count} --seed {seed}" + (f' --only "{only}"' if only else "")
            result = origin(command, split, count, seed) | {"model": unipose.name, "figures": report}
            out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if sheet is not None and "real photos" in report:
        say(f"wrote {sheet}")
    answer(table(report), [], time.perf_counter() - started, as_json, figures=report)


# -- how -------------------------------------------------------------------------------------------------------


def _is_pose(path: Path) -> bool:
    return path.suffix.lower() in READ


def _who(who: str | None) -> int | str | None:
    """A number where it is one."""
    return int(who) if who is not None and who.strip().isdecimal() else who


def _photos_only(**options: Any) -> None:
    """Refuse options that a pose leaves no use for."""
    for name, value in options.items():
        if value is not None:
            fail(f"--{name} goes with a photo, found a file of a pose")


def _estimated(unipose: UniPose, photo: Path) -> Pose:
    reply = unipose.estimate(photo)
    if not reply.poses:
        fail(f"'{photo.name}': {reply.text}")
    return reply.poses[0]


def _nobody(reply: Reply, as_json: bool) -> None:
    """End with what there is to tell of a photo without a pose; as JSON it is an answer like any other."""
    if as_json:
        answer(reply.text, [], reply.seconds, as_json, photos=_seen(reply.look))
        raise typer.Exit(0)
    fail(reply.text)


def _seen(look: Look | None) -> list[dict[str, Any]]:
    from unipose.chat.seen import seen

    return seen(look)
