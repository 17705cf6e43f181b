"""The commands around the model: ``batch``, one task over many items, and ``doctor``, what is here and what lacks."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from unipose.arguments import Bits, Device, Dtype, Json, Model, load_model
from unipose.terminal import answer, one_line, say

app = typer.Typer()


@app.command()
def batch(
    task: Annotated[str, typer.Argument(metavar="TASK", help="generate, describe, estimate, edit, compare or ask.")],
    source: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A folder of poses or photos, or .jsonl, .csv, .parquet or .txt.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Results, one row an item: .jsonl or .parquet.")],
    text: Annotated[
        str | None, typer.Option("--text", help="For items without one: the change, the question, or the hint.")
    ] = None,
    candidates: Annotated[int, typer.Option("--candidates", help="Poses of an answer, best first.")] = 1,
    seed: Annotated[int | None, typer.Option("--seed", help="Of every answer, unless a row has its own.")] = None,
    model: Model = None,
    device: Device = None,
    dtype: Dtype = "auto",
    bits: Bits = None,
    as_json: Json = False,
) -> None:
    """One task over many items; docs/batch.md tells what rows have.

    A second run goes on after the last finished item, whatever ended the first. An item that cannot be done gets a row
    with an "error", and the rest goes on. Exit code: 0, with errors counted; 1 when every item failed; 2 when nothing
    could be begun.
    """
    from tqdm import tqdm

    with one_line():
        from unipose.batch import run_batch
        from unipose.batch.run import count_items
        from unipose.batch.work import check_task

        check_task(task)
        total = count_items(source, task)
    unipose = load_model(model, device, dtype, bits)
    patience = 0.2 if sys.stderr.isatty() else 30.0  # a log file needs no more than a line now and then
    with one_line(), tqdm(total=total, unit="item", file=sys.stderr, mininterval=patience) as bar:

        def progress(done: int, errors: int) -> None:
            if bar.n == 0 and done > 1:  # of an earlier run: no measure of this one's speed
                bar.initial = done
            bar.set_postfix(errors=errors, refresh=False)
            bar.update(done - bar.n)

        summary = run_batch(unipose, task, source, out, text=text, candidates=candidates, seed=seed, progress=progress)
    done = summary.total - summary.errors
    line = f"{summary.total} items: {done} done, {summary.errors} failed"
    line += f"; {summary.resumed} were there already" if summary.resumed else ""
    answer(line, [], summary.seconds, as_json, figures={**asdict(summary), "done": done})
    if summary.errors:
        say(f"why is told by the rows with an 'error' in {out}")
    if not done:
        raise typer.Exit(1)


@app.command()
def doctor(as_json: Json = False) -> None:
    """What is here of weights, body files, detectors, GPU and packages, and the next command for what is not.

    Exit code 0 when the embedded model can be used, else 1.
    """
    import time

    from unipose.doctor import examine, works

    started = time.perf_counter()
    checks = examine()
    fine = works(checks)
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{check.state:<8}  {check.name:<{width}}  {check.found}")
        if check.state != "ok" and check.next:
            lines.append(f"{'':<8}  {'':<{width}}  -> {check.next}")
    first = 'python app.py, or python -m unipose generate "Lift your left leg."'
    lines.append(
        f"all that is needed is here: {first}" if fine else "mend what is missing, from the top, then ask again"
    )
    answer("\n".join(lines), [], time.perf_counter() - started, as_json, checks=[asdict(check) for check in checks])
    if not fine:
        raise typer.Exit(1)
