"""The command that looks for poses: by words, or by likeness to a pose. It needs no model.

It looks among the poses that come with the package and, with ``--data``, among those of any folder.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from unipose.arguments import Json, Output, check_output, read_pose
from unipose.terminal import answer, fail, one_line, say

app = typer.Typer()


@app.command()
def library(
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help='Such as "kneeling, hands on hips".')] = "",
    like: Annotated[Path | None, typer.Option("--like", metavar="POSE", help="Poses near to this one instead.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Also look here: poses.npz and trials.json, or .npz, .json and .bvh.")
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, max=1000, help="How many, best first.")] = 5,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Find poses by words, or by likeness to a pose."""
    started = time.perf_counter()
    if bool(text.strip()) == (like is not None):
        fail('say what to look for, such as "kneeling, hands on hips", or name a pose with --like')
    check_output(output)
    wanted = None if like is None else read_pose(like)
    with one_line("--data" if data is not None else ""):
        from unipose.data.folders import read_folder
        from unipose.library import Library, Shelf, shipped
        from unipose.library.names import called

        shelves = [shipped()]
        if data is not None:
            found = read_folder(data)
            labels = [called(name, words) for name, words in zip(found.names, found.words, strict=True)]
            shelves.append(Shelf.of(data.name, found.rotations, labels))
            say(found.told)
    searched = Library(shelves)
    hits = searched.search(text, count) if wanted is None else searched.like(wanted, count)
    if not hits:
        fail(f"none of {len(searched):,} poses is like that; try other words")
    if output is not None:
        with one_line():
            hits[0].pose.save(output)
        say(f"wrote {output}")
    lines = [f"{hit.name}  ({hit.told})" if hit.told else hit.name for hit in hits]
    found_as = [
        {
            "name": hit.name,
            "source": hit.source,
            "mirrored": hit.mirrored,
            "held": hit.held,
            "asked": hit.asked,
            "apart_m": None if hit.apart is None else round(hit.apart, 4),
        }
        for hit in hits
    ]
    answer("\n".join(lines), [hit.pose for hit in hits], time.perf_counter() - started, as_json, found=found_as)
