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
            ``owner/name``. The network is used for a Hub id whose owner is no folder here, and for nothing else.

    Raises:
        UserError: nothing of that name, no weights in the folder, or weights that are a pickle.
    """
    name = str(name_or_path) if name_or_path is not None else DEFAULT
    if not name.strip():
        raise UserError(f"a model without a name; {_choices()}")
    shipped = embedded()
    if name in shipped:
        return check_folder(shipped[name])
    try:
        path = Path(name).expanduser()
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, RuntimeError) as error:  # a name too long, a folder one may not look into; an unknown ~user
        raise UserError(f"no model '{_short(name)}': {_reason(error)}; {_choices()}") from None
    if path.suffix.lower() in PICKLES:
        raise UserError(_refusal([path.name], name))
    if is_folder:
        return check_folder(path)
    if is_file:
        raise UserError(f"a model is a folder, found the file '{name}'; give the folder that holds it")
    if _HUB_ID.fullmatch(name) and not Path(path.parts[0]).is_dir():  # else a mistyped folder, no business of the Hub
        return check_folder(_download(name))
    raise UserError(f"no model '{name}': no such folder; {_choices()}")


def check_folder(folder: Path) -> Path:
    """The folder itself, when it holds ``config.json`` and safetensors weights.

    Raises:
        UserError: naming what was found and what is expected.
    """
    try:
        names = sorted(path.name for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise UserError(f"the folder '{folder}' cannot be read: {_reason(error)}") from None
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


def _short(name: str) -> str:
    return name if len(name) <= 80 else name[:77] + "..."


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _download(hub_id: str) -> Path:
    # imported here: an embedded model must not pay for the Hub client
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(hub_id, allow_patterns=_HUB_FILES))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        message = f"no model '{hub_id}': no such folder, nor had from the Hub ({_reason(error)}); {_choices()}"
        raise UserError(message) from None
