"""Fetching a model from the Hub: asked about first, then downloaded into the Hub client's own cache.

Before any weight is fetched it is known that the repository and the revision exist, that its weights are
safetensors, that it is a UniPose model, that one may read it, and that the disk holds it. Progress, retries,
resuming, locks and the layout of the cache are huggingface_hub's.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unipose.chat.folders import CONFIG, MODEL_FILES, SUBFOLDERS, check_folder, check_names, gigabytes
from unipose.chat.turns import UserError

_LOG = logging.getLogger(__name__)
_HUB_ID = re.compile(r"(?P<repo>[A-Za-z0-9][\w.-]*/[\w.-]+)(?:@(?P<revision>\S+))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Address:
    """A model on the Hub: ``owner/name``, and a branch, tag or commit; ``None`` is the default branch."""

    repo: str
    revision: str | None = None

    def __str__(self) -> str:
        return self.repo if self.revision is None else f"{self.repo}@{self.revision}"


def parse(name: str, revision: str | None = None) -> Address | None:
    """``owner/name`` or ``owner/name@revision`` as an address; ``None`` when the name is no Hub id.

    Raises:
        UserError: two revisions that differ, or an empty one.
    """
    match = _HUB_ID.fullmatch(name)
    if match is None:
        return None
    spelled = match["revision"]
    if revision is not None and not revision.strip():
        raise UserError(f"the revision of '{name}' is empty; give a branch, tag or commit, or leave it out")
    if revision is not None and spelled not in (None, revision):
        raise UserError(f"two revisions, '{spelled}' in '{name}' and '{revision}'; give one")
    return Address(match["repo"], spelled or revision)


def fetch(address: Address) -> Path:
    """The folder of a model in the cache, downloaded where it is not there yet.

    A commit that is cached whole is taken without asking the Hub. A branch or tag is looked up each time; when that
    fails, what is cached is taken, with a warning unless offline mode was asked for.

    Raises:
        UserError: one line for each of: no network, offline and not cached, repository not found or private, gated,
            wrong revision, pickled weights only, not a UniPose model, no space, and a download that broke off.
    """
    # imported here, as everywhere below: an embedded model must not pay for the Hub client
    from huggingface_hub import HfApi, constants, snapshot_download
    from huggingface_hub.errors import HFValidationError, RevisionNotFoundError

    from unipose.chat.hub_errors import FAILURES, explained

    if address.revision and _COMMIT.fullmatch(address.revision) and (folder := cached(address)):
        return folder
    try:
        info = HfApi().model_info(address.repo, revision=address.revision)
    except FAILURES as error:
        known_wrong = isinstance(error, RevisionNotFoundError | HFValidationError)
        if known_wrong or (folder := cached(address)) is None:
            raise UserError(explained(error, address)) from None
        if not constants.HF_HUB_OFFLINE:
            _LOG.warning("%s; taking the copy in the cache", explained(error, address))
        return folder
    check_names(sorted(file.rfilename for file in info.siblings or ()), str(address))
    try:
        if cached(Address(address.repo, info.sha)) is None:
            _check_kind(address)
            _check_space(address)
        folder = Path(snapshot_download(**_wanted(address)))  # notes also which commit the branch or tag stands at
    except FAILURES as error:
        raise UserError(explained(error, address, begun=True)) from None
    return check_folder(folder)


def cached(address: Address) -> Path | None:
    """The folder of a model in the cache, when all of it is there; the network is not used."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return check_folder(Path(snapshot_download(**_wanted(address), local_files_only=True)))
    except (LocalEntryNotFoundError, HFValidationError, UserError):  # the last: a download that broke off
        return None


def _wanted(address: Address) -> dict[str, Any]:
    return {
        "repo_id": address.repo,
        "revision": address.revision,
        "allow_patterns": MODEL_FILES,
        "ignore_patterns": SUBFOLDERS,
    }


def _check_kind(address: Address) -> None:
    """Refuse another kind of model by its configuration, before its weights are fetched."""
    from huggingface_hub import hf_hub_download

    from unipose.model.config import UniPoseConfig

    path = Path(hf_hub_download(address.repo, CONFIG, revision=address.revision))
    try:
        found = json.loads(path.read_text(encoding="utf-8")).get("model_type")
    except (ValueError, AttributeError):
        raise UserError(f"'{address}' has a damaged {CONFIG}: expected a JSON object") from None
    if found != UniPoseConfig.model_type:
        raise UserError(
            f"'{address}' is a model of type '{found}', expected '{UniPoseConfig.model_type}'; "
            "official weights are converted first (docs/official.md)"
        )


def _check_space(address: Address) -> None:
    """Refuse a download that does not fit the disk, when the files that are cached already are left out."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.utils import tqdm

    class Silent(tqdm):  # the bar is for the download
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **(options | {"disable": True}))

    files = snapshot_download(**_wanted(address), dry_run=True, tqdm_class=Silent)
    needed = sum(file.file_size or 0 for file in files if file.will_download)
    cache = Path(constants.HF_HUB_CACHE)
    disk = next(place for place in (cache, *cache.absolute().parents) if place.exists())
    free = shutil.disk_usage(disk).free
    if needed > free:
        raise UserError(
            f"no space for '{address}': it needs {gigabytes(needed)} more in {cache}, where {gigabytes(free)} are "
            "free; make room, or set HF_HOME to a folder on a larger disk"
        )
