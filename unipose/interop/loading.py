"""Official weights at hand, straight into a model."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from unipose.interop.names import place
from unipose.model.unipose import UniPoseModel


def load_official(model: UniPoseModel, state: Mapping[str, Tensor]) -> None:
    """Copy official weights into a model of the same sizes, all or nothing.

    Args:
        model: built from :meth:`unipose.model.config.UniPoseConfig.official` or the sizes at hand; changed in
            place.
        state: of the assembled official model, pose tokenizer under ``model.pose_vqvae.`` included.

    Raises:
        ValueError: naming the weights that are missing, unexpected or of another shape.
    """
    own = model.state_dict()
    weights = place(state, own)
    complaints = {
        "missing": sorted(own.keys() - weights.keys()),
        "unexpected": sorted(weights.keys() - own.keys()),
        "of another shape": sorted(
            f"{name} {list(weights[name].shape)} for {list(own[name].shape)}"
            for name in own.keys() & weights.keys()
            if own[name].shape != weights[name].shape
        ),
    }
    if any(complaints.values()):
        lines = [f"{len(names)} {what}, first {names[0]}" for what, names in complaints.items() if names]
        raise ValueError(f"the official weights do not fit this model: {'; '.join(lines)}")
    model.load_state_dict(weights)
