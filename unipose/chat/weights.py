"""From a model's name to a folder that is safe to load: embedded name, folder, or Hub id.

Only safetensors are loaded. Pickled weights (``.bin``, ``.pt``, ``.ckpt`` and so on) can run code when
opened, so they are refused, with what was found and what is expected.
"""

from __future__ import annotations

import re
from pathlib import Path

from unipose.chat.turns import UserError
from unipose.paths import assets

DEFAULT = "nano"
PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib"})
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_HUB_FILES = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja", "*.md"]


def embedded() -> dict[str, Path]:
    """Models shipped with this package, by name."""
    try:
        folders = sorted(path.parent for path in assets().glob("*/config.json"))
    except FileNotFoundError:
        folders = []
    return {folder.name: folder for folder in folders}


def locate(name_or_path: str | Path | None = None) -> Path:
    """The folder of a model, checked by :func:`check_folder`.

    Args:
        name_or_path: ``None`` (the default embedded model), an embedded name, a folder, or a Hub id
            ``owner/name``. The network is used for a Hub id that is no folder here, and for nothing else.

    Raises:
        UserError: nothing of that name, no weights in the folder, or weights that are a pickle.
    """
    name = str(name_or_path) if name_or_path is not None else DEFAULT
    shipped = embedded()
    if name in shipped:
        return check_folder(shipped[name])
    path = Path(name).expanduser()
    if path.suffix.lower() in PICKLES:
        raise UserError(_refusal([path.name], name))
    if path.is_dir():
        return check_folder(path)
    if path.is_file():
        raise UserError(f"--model takes a folder, found the file '{name}'; give the folder that holds it")
    if _HUB_ID.fullmatch(name):
        return check_folder(_download(name))
    raise UserError(f"no model '{name}': no such folder; {_choices()}")


def check_folder(folder: Path) -> Path:
    """The folder itself, when it holds ``config.json`` and safetensors weights.

    Raises:
        UserError: naming what was found and what is expected.
    """
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    if not any(name.endswith(".safetensors") for name in names):
        pickles = [name for name in names if Path(name).suffix.lower() in PICKLES]
        if pickles:
            raise UserError(_refusal(pickles, str(folder)))
        raise UserError(f"'{folder}' has no weights: found {_listed(names)}, expected model.safetensors")
    if "config.json" not in names:
        raise UserError(f"'{folder}' is no model folder: found {_listed(names)}, expected config.json as well")
    return folder


def _choices() -> str:
    shipped = embedded()
    names = ", ".join(shipped) or "none is shipped here"
    return f"give a folder, a Hub id owner/name, or an embedded name: {names}"


def _refusal(pickles: list[str], where: str) -> str:
    return (
        f"refused '{where}': {_listed(pickles)} is a pickle, which can run code when opened; "
        "expected a folder with config.json and model.safetensors"
    )


def _listed(names: list[str], most: int = 5) -> str:
    shown = ", ".join(names[:most]) or "nothing"
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def _download(hub_id: str) -> Path:
    # imported here: an embedded model must not pay for the Hub client
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(hub_id, allow_patterns=_HUB_FILES))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        message = f"no model '{hub_id}': no such folder, nor had from the Hub ({reason}); {_choices()}"
        raise UserError(message) from None
