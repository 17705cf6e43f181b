"""What of this program's needs is at hand on this machine, and what to do about the rest.

Nothing is fetched, changed or run, and little is read, so that the answer comes in seconds: weights are there when
their files are whole by their own headers, packages when they are installed in the versions asked for. Only a licensed
body file is opened, as the app would: people name wrong files, and download half of them.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from unipose.body.smpl_files import PATH_VARIABLE, find_model_file
from unipose.paths import assets, official

OK, MISSING, OPTIONAL = "ok", "missing", "optional"
_LEAST_FREE = 1.0
"""GB: uploads, files for visitors, and the caches of the libraries."""


@dataclass(frozen=True)
class Check:
    """One need.

    Attributes:
        name: of it.
        state: ``ok``; ``missing``, without which the default way does not work; or ``optional``, not there and not
            needed for it.
        found: what is there, or is not.
        next: the command, or what else to do; empty where there is nothing to do.
    """

    name: str
    state: str
    found: str
    next: str = ""


def examine() -> list[Check]:
    """All checks, in the order in which to mend them."""
    checks: list[Callable[[], Check]] = [_python, _packages, _nano, _body, _disk, _gpu, _official, _smpl]
    checks += [_mediapipe, _vitpose, _mcp, _pyarrow, _bitsandbytes, _network]
    return [check() for check in checks]


def works(checks: list[Check]) -> bool:
    """Whether the default way does: the embedded model on its body, in words and on the page."""
    return all(check.state != MISSING for check in checks)


# -- what is needed ----------------------------------------------------------------------------------------------------


def _python() -> Check:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Check("python", OK if sys.version_info >= (3, 10) else MISSING, found, "")


def _packages() -> Check:
    from packaging.requirements import Requirement

    wrong, count = [], 0
    for line in _requirements():
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        count += 1
        try:
            version = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            wrong.append(wanted.name)
            continue
        if not wanted.specifier.contains(version, prereleases=True):
            wrong.append(f"{wanted.name} {version} (needs {wanted.specifier})")
    if wrong:
        return Check("packages", MISSING, f"not as needed: {', '.join(wrong)}", "pip install -r requirements.txt")
    return Check("packages", OK, f"all {count} that are needed")


def _requirements() -> Iterator[str]:
    """Of the installed package, or of the folder it is run in."""
    listed = Path(__file__).resolve().parents[1] / "requirements.txt"
    if listed.is_file():
        lines = (line.partition(" #")[0].strip() for line in listed.read_text(encoding="utf-8").splitlines())
        yield from (line for line in lines if line and not line.startswith(("#", "-")))
        return
    try:
        yield from metadata.requires("unipose") or []
    except metadata.PackageNotFoundError:
        return


def _nano() -> Check:
    try:
        folder = assets() / "nano"
        return Check("nano weights", OK, f"{_gigabytes(_whole(folder))} at {folder}")
    except (OSError, ValueError) as error:
        return Check("nano weights", MISSING, str(error), "git checkout -- assets, or install the package anew")


def _body() -> Check:
    names = ("free_body_light.npz", "free_body_full.npz", "prior.safetensors")
    try:
        folder = assets() / "body"
    except FileNotFoundError as error:
        return Check("free body", MISSING, str(error), "git checkout -- assets, or install the package anew")
    absent = [name for name in names if not (folder / name).is_file()]
    if absent:
        return Check("free body", MISSING, f"no {', '.join(absent)} in {folder}", "git checkout -- assets")
    return Check("free body", OK, str(folder))


def _disk() -> Check:
    import tempfile

    place = tempfile.gettempdir()
    free = shutil.disk_usage(place).free / 1e9
    if free < _LEAST_FREE:
        return Check("disk", MISSING, f"{free:.1f} GB free in {place}, {_LEAST_FREE:.0f} are needed", f"df -h {place}")
    return Check("disk", OK, f"{free:.0f} GB free in {place}")


# -- what is good to have ----------------------------------------------------------------------------------------------


def _gpu() -> Check:
    if find_spec("torch") is None:
        return Check("gpu", OPTIONAL, "unknown without torch", "pip install -r requirements.txt")
    import torch

    if torch.cuda.is_available():
        free, whole = (number / 1e9 for number in torch.cuda.mem_get_info())
        return Check("gpu", OK, f"{torch.cuda.get_device_name()}, {free:.0f} of {whole:.0f} GB free; use --device cuda")
    if torch.backends.mps.is_available():
        return Check("gpu", OK, "the Mac's GPU; use --device mps")
    found = f"none that torch {torch.__version__} can use; nano needs none, the official model does"
    return Check("gpu", OPTIONAL, found, "" if shutil.which("nvidia-smi") is None else _TORCH)


_TORCH = "this machine has an NVIDIA driver: install a CUDA build of torch, see https://pytorch.org/get-started"


def _official() -> Check:
    named = official()
    folder = Path(named)
    if not folder.is_dir():
        cached = _cached(named, "config.json")
        if cached is None:
            doing = "convert them once, docs/converting.md, or set UNIPOSE_OFFICIAL to a folder or Hub id"
            return Check("official weights", OPTIONAL, f"none at {named}", doing)
        folder = cached.parent
    try:
        return Check("official weights", OK, f"{_gigabytes(_whole(folder))} at {folder}; use --model auto")
    except (OSError, ValueError) as error:
        return Check("official weights", OPTIONAL, str(error), "convert or fetch them anew, docs/converting.md")


def _smpl() -> Check:
    name = "SMPL body"
    if not os.environ.get(PATH_VARIABLE):
        found = "no licensed file; the free body is drawn, which needs none"
        doing = f"get one at https://smpl.is.tue.mpg.de and set {PATH_VARIABLE} to it or its folder"
        return Check(name, OPTIONAL, found, doing)
    if find_spec("torch") is None:
        return Check(name, OPTIONAL, "unknown without torch", "pip install -r requirements.txt")
    from unipose.body.smpl import SmplBody

    try:
        file = find_model_file()
        body = SmplBody.load(file)
    except ValueError as error:
        said = " ".join(str(error).split())
        doing = (
            f"fetch it anew, or set {PATH_VARIABLE} to another file, docs/smpl.md; without one the free body is drawn"
        )
        return Check(name, OPTIONAL, said, doing)
    what = f"{body.kind}, {len(body.rest_vertices)} vertices, at {file}"
    if find_spec("smplx") is None:
        return Check(
            name, OPTIONAL, f"{what}; the package smplx that moves it is missing", "pip install 'unipose[smpl]'"
        )
    return Check(name, OK, what)


def _mediapipe() -> Check:
    install = "pip install mediapipe==0.10.21"
    return _package("photos: BlazePose", "mediapipe", "people in photos are not found without a detector", install)


def _vitpose() -> Check:
    from unipose.photos.vitpose import FINDER, POSES

    absent = [repo for repo in (FINDER, POSES) if _cached(repo, "model.safetensors") is None]
    if absent:
        doing = "; ".join(f"hf download {repo}" for repo in absent)
        return Check("photos: ViTPose", OPTIONAL, f"not in the Hub's cache: {', '.join(absent)}; for a GPU", doing)
    return Check("photos: ViTPose", OK, "in the Hub's cache; taken on a GPU")


def _mcp() -> Check:
    return _package("MCP server", "mcp", "the app runs without it", "pip install 'mcp>=1.21,<2'")


def _pyarrow() -> Check:
    return _package("parquet", "pyarrow", "batch reads and writes .jsonl without it", "pip install 'pyarrow>=17'")


def _bitsandbytes() -> Check:
    install = "pip install 'bitsandbytes>=0.46'"
    return _package("8- and 4-bit weights", "bitsandbytes", "only for --bits on a CUDA device", install)


def _network() -> Check:
    switches = [
        name for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE") if os.environ.get(name, "0") not in ("", "0")
    ]
    if switches:
        return Check("network", OPTIONAL, f"switched off by {', '.join(switches)}; nothing is fetched", "")
    return Check("network", OK, "used only for a model or detector on the Hub that is named; not tried here")


# -- how ---------------------------------------------------------------------------------------------------------------


def _package(name: str, module: str, without: str, install: str) -> Check:
    if find_spec(module) is None:
        return Check(name, OPTIONAL, f"the package {module} is not installed; {without}", install)
    return Check(name, OK, f"{module} {metadata.version(module)}")


def _cached(repo: str, file: str) -> Path | None:
    """A file of a repository in the Hub's cache."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    repo, _, revision = repo.partition("@")
    try:
        found = try_to_load_from_cache(repo, file, revision=revision or None)
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None


def _whole(folder: Path) -> int:
    """Bytes of a model's weights, each file as long as its own header says.

    Raises:
        OSError: a file cannot be read.
        ValueError: there are none, or one is missing or cut off.
    """
    index = folder / "model.safetensors.index.json"
    names = {"model.safetensors"}
    if index.is_file():
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    for name in ("config.json", *sorted(names)):
        if not (folder / name).is_file():
            raise ValueError(f"no {name} in {folder}")
    for name in sorted(names):
        with (folder / name).open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            size = (folder / name).stat().st_size
            try:
                header = json.loads(file.read(min(length, size)))
                end = max((each["data_offsets"][1] for key, each in header.items() if key != "__metadata__"), default=0)
            except (ValueError, AttributeError, KeyError, TypeError):
                raise ValueError(f"{folder / name} is damaged, or only a pointer to it") from None
        if size != 8 + length + end:
            raise ValueError(f"{folder / name} has {size} bytes, its header says {8 + length + end}")
    return sum((folder / name).stat().st_size for name in names)


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
