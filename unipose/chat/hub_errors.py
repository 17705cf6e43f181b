"""What went wrong with the Hub, in one line that says what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import TYPE_CHECKING

# HTTPError is the base of all that the HTTP library raises. That library is another one in version 2 of the Hub's
# client than in version 1; under this name both can be caught.
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    LocalTokenNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from unipose.chat.folders import listed, reason

if TYPE_CHECKING:
    from unipose.chat.hub import Address

FAILURES = (HTTPError, HFValidationError, OSError)
"""All that a call of the Hub's client raises for reasons a person can mend."""


def explained(error: BaseException, address: Address, begun: bool = False) -> str:
    """One line about what a call of the Hub's client raised.

    Args:
        error: one of ``FAILURES``; what lies behind it (its causes) is looked at first.
        address: what was asked for.
        begun: whether the Hub had answered before, so that a lost connection is a transfer that broke off.
    """
    from huggingface_hub import constants

    page = f"{constants.ENDPOINT}/{address.repo}"
    for cause in _causes(error):
        status = cause.response.status_code if isinstance(cause, HfHubHTTPError) else None
        if isinstance(cause, HFValidationError):
            return f"'{address.repo}' is no name of a model on the Hub: {reason(cause)}"
        if isinstance(cause, OfflineModeIsEnabled):
            return (
                f"'{address}' is not in the cache {constants.HF_HUB_CACHE}, and HF_HUB_OFFLINE forbids fetching it; "
                "unset it once while there is a network"
            )
        if isinstance(cause, GatedRepoError):
            return f"'{address.repo}' is gated: ask for access at {page}, then `hf auth login` and try again"
        if isinstance(cause, RepositoryNotFoundError):
            return (
                f"no model '{address.repo}': no such folder, and the Hub has none at {page}, or it is private; "
                "mend the name, or `hf auth login`"
            )
        if isinstance(cause, RevisionNotFoundError):
            return f"'{address.repo}' has no revision '{address.revision}'; {_refs(address)}"
        if isinstance(cause, LocalTokenNotFoundError) or status == 401:
            return "the Hub does not know who is asking; `hf auth login` with a token that is valid"
        if status == 403:
            return f"the Hub does not allow this on '{address.repo}'; `hf auth login` with a token that may"
        if status is not None:
            return f"the Hub answers {page} with {status} ({reason(cause)}); try again later"
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return (
                f"no space left in {constants.HF_HUB_CACHE} while '{address}' was fetched; make room, or set HF_HOME "
                "to a folder on a larger disk, and run this again"
            )
    root = list(_causes(error))[-1]
    told = f"{type(root).__name__}: {reason(root)}"
    if begun:
        return f"the transfer of '{address}' broke off ({told}); run this again: files that are whole are kept"
    return (
        f"no model '{address}': no such folder, and the Hub at {constants.ENDPOINT} cannot be reached ({told}); "
        "mend the connection, or give a folder"
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it was raised from, outermost first."""
    while error is not None:
        yield error
        error = error.__cause__


def _refs(address: Address) -> str:
    from huggingface_hub import HfApi

    try:
        refs = HfApi().list_repo_refs(address.repo)
    except FAILURES:
        return "give a branch, tag or commit that it has"
    return f"it has {listed([ref.name for ref in (*refs.branches, *refs.tags)], most=8)}"
