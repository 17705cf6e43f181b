"""A folder of weights to the Hub: whole, with its card, in one commit."""

from __future__ import annotations

from pathlib import Path

from unipose.chat.card import write_card
from unipose.chat.folders import INDEX, MODEL_FILES, SUBFOLDERS, check_folder
from unipose.chat.hub import parse
from unipose.chat.turns import UserError

# Weights split otherwise than before would leave old files behind, which a loader could take for its own.
_OUTDATED = ["model*.safetensors", INDEX]


def push_folder(
    folder: str | Path,
    repo: str,
    *,
    revision: str | None = None,
    private: bool | None = None,
    license: str = "other",
    message: str = "Upload a UniPose model",
) -> str:
    """Upload a model's folder; the repository and the branch are made if need be. Returns the commit's page.

    Only what a model consists of is uploaded (``MODEL_FILES``): no checkpoints, logs or optimizer states. A folder
    without a card gets one. Somebody who loads the repository meanwhile gets all of the old files or all of the new.

    Args:
        folder: as :meth:`UniPose.save_pretrained`, a training or a conversion left it.
        repo: ``owner/name``.
        revision: branch; the default one if ``None``.
        private: of a repository that is made now; ``None`` leaves it to the owner's settings.
        license: told in a card that is written now, see :func:`unipose.chat.card.write_card`.
        message: of the commit.

    Raises:
        UserError: not a whole folder, no Hub id, not logged in or not allowed to write, no network.
    """
    from huggingface_hub import HfApi, constants

    from unipose.chat.hub_errors import FAILURES, explained

    address = parse(repo, revision)
    if address is None:
        raise UserError(f"a repository on the Hub is named owner/name, found '{repo}'")
    if constants.HF_HUB_OFFLINE:
        raise UserError(f"nothing is uploaded to '{address}' while HF_HUB_OFFLINE is set; unset it")
    folder = check_folder(Path(folder))
    try:
        write_card(folder, address.repo, license)
        api = HfApi()
        api.create_repo(address.repo, private=private, exist_ok=True)
        if address.revision is not None:
            api.create_branch(address.repo, branch=address.revision, exist_ok=True)
        done = api.upload_folder(
            repo_id=address.repo,
            folder_path=folder,
            revision=address.revision,
            commit_message=message,
            allow_patterns=MODEL_FILES,
            ignore_patterns=SUBFOLDERS,
            delete_patterns=_OUTDATED,
        )
    except FAILURES as error:
        raise UserError(explained(error, address, begun=True)) from None
    return done.commit_url
