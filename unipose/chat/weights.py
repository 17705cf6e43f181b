"""From a model's name to a folder that is safe to load: embedded name, folder, or Hub id."""

from __future__ import annotations

from pathlib import Path

from unipose.chat import hub
from unipose.chat.folders import check_folder, is_pickle, reason, refusal
from unipose.chat.turns import UserError
from unipose.paths import assets

DEFAULT = "nano"


def embedded() -> dict[str, Path]:
    """Models shipped with this package, by name."""
    try:
        folders = sorted(path.parent for path in assets().glob("*/config.json"))
    except FileNotFoundError:
        folders = []
    return {folder.name: folder for folder in folders}


def locate(name_or_path: str | Path | None = None, revision: str | None = None) -> Path:
    """The folder of a model, checked by :func:`unipose.chat.folders.check_folder`.

    Args:
        name_or_path: ``None`` (the default embedded model), an embedded name, a folder, or a Hub id ``owner/name``
            or ``owner/name@revision``. The network is used for a Hub id whose owner is no folder here, and for
            nothing else.
        revision: of a Hub id, a branch, tag or commit.

    Raises:
        UserError: nothing of that name, no weights in the folder, weights that are a pickle, a revision of what has
            none, or whatever keeps :func:`unipose.chat.hub.fetch` from fetching.
    """
    name = str(name_or_path) if name_or_path is not None else DEFAULT
    if not name.strip():
        raise UserError(f"a model without a name; {_choices()}")
    shipped = embedded()
    if name in shipped:
        _no_revision(revision, f"'{name}' is embedded")
        return check_folder(shipped[name])
    try:
        path = Path(name).expanduser()
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, RuntimeError) as error:  # a name too long, a folder one may not look into; an unknown ~user
        raise UserError(f"no model '{_short(name)}': {reason(error)}; {_choices()}") from None
    if is_pickle(path.name):
        raise UserError(refusal([path.name], name))
    if is_folder:
        _no_revision(revision, f"'{name}' is a folder")
        return check_folder(path)
    if is_file:
        raise UserError(f"a model is a folder, found the file '{name}'; give the folder that holds it")
    address = hub.parse(name, revision)
    if address and not Path(path.parts[0]).is_dir():  # else a mistyped folder, no business of the Hub
        return hub.fetch(address)
    raise UserError(f"no model '{name}': no such folder; {_choices()}")


def _no_revision(revision: str | None, found: str) -> None:
    if revision is not None:
        raise UserError(f"only a model on the Hub has revisions, and {found}; leave '{revision}' out")


def _choices() -> str:
    names = ", ".join(embedded()) or "none is shipped here"
    return f"give a folder, a Hub id owner/name, or an embedded name: {names}"


def _short(name: str) -> str:
    return name if len(name) <= 80 else name[:77] + "..."
