"""A residual layer: widened, rectified, narrowed again, added."""

from __future__ import annotations

from torch import Tensor, nn


class Residual(nn.Module):
    """[..., width] to the same shape."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return x + self.down(nn.functional.gelu(self.up(self.norm(x))))
