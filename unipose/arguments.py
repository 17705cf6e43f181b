"""What commands are given and give back: options they share, the model they speak to, poses and photos, files.

What cannot be used ends the command with exit code 2 and one line. Heavy imports stay inside, so that ``--help``
answers at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unipose.terminal import answer, fail, one_line, say

if TYPE_CHECKING:
    import torch

    from unipose.body.pose import Pose
    from unipose.chat import Reply, UniPose

Model = Annotated[
    str | None,
    typer.Option("--model", help="Embedded name, folder, Hub id owner/name[@revision], or auto. Default: the nano."),
]
Device = Annotated[
    str | None, typer.Option("--device", help="auto, cuda, cuda:1, mps or cpu. Default: the CPU, or what auto chose.")
]
Dtype = Annotated[
    str, typer.Option("--dtype", help="Of the network: float32, bfloat16 or float16; auto suits the device.")
]
Bits = Annotated[
    int | None, typer.Option("--bits", help="4 or 8: a smaller language model, on a CUDA device, with bitsandbytes.")
]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on standard output.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="Write the pose here, as .npz (AMASS layout) or .json.")
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", help="Folder with poses.npz and trials.json. Default: UNIPOSE_DATA, data or ../shared/data."
    ),
]

POSES = (".npz", ".json")
"""Endings that poses are saved with."""
READ = (*POSES, ".bvh")
"""Endings of files of poses; a file with another one is taken for a photo."""


def load_model(
    model: str | None, device: str | None = None, dtype: str | torch.dtype = "auto", bits: int | None = None
) -> UniPose:
    """The model of ``--model``; the rest as in :meth:`unipose.chat.UniPose.from_pretrained`."""
    # a person at a terminal wants the answer, not the library's progress bars and advice
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from huggingface_hub.utils import enable_progress_bars
    from transformers.utils.logging import disable_progress_bar

    from unipose.chat import UniPose
    from unipose.chat.choosing import choose

    disable_progress_bar()
    if "HF_HUB_DISABLE_PROGRESS_BARS" not in os.environ:
        enable_progress_bars("huggingface_hub")  # a download may take an hour
    with one_line("--model"):
        choice = choose(model)
        if choice.why:
            say(choice.why)
        return UniPose.from_pretrained(choice.name, device=device or choice.device, dtype=dtype, bits=bits)


def read_pose(path: Path) -> Pose:
    """The first pose of a file, of this program or another; what had to be decided about another's is told."""
    from unipose.body.files.reading import read_poses

    try:
        found = read_poses(path)
    except (ValueError, OSError) as error:
        message = str(error)
        fail(message if path.name in message else f"'{path.name}': {message}")
    if len(found.poses) > 1:
        say(f"{found.stated} The first pose is taken.")
    return found.poses[0]


def find_data(folder: Path | None) -> Path:
    """The pose collection of ``--data``, or where one usually is."""
    from unipose.data.sources import find_poses

    with one_line("--data"):
        return find_poses(folder)


def check_output(path: Path | None, endings: tuple[str, ...] = POSES, what: str = "a pose") -> None:
    """Refuse a file that could not be written before the model has done its work."""
    if path is None:
        return
    if path.suffix.lower() not in endings:
        fail(f"{what} is saved as {' or '.join(endings)}, found '{path.name}'")
    if not path.parent.is_dir():
        fail(f"there is no folder '{path.parent}' to write '{path.name}' into")


def answer_poses(reply: Reply, output: Path | None, as_json: bool, words: Callable[[], str], **more: Any) -> None:
    """Print a reply that holds poses; ``words`` says in text what they are where the model did not."""
    if output is not None:
        for candidate, pose in enumerate(reply.poses):
            name = output if candidate == 0 else output.with_stem(f"{output.stem}-{candidate + 1}")
            with one_line():
                pose.save(name)
            say(f"wrote {name}")
    answer(reply.text or words(), reply.poses, reply.seconds, as_json, **more)
