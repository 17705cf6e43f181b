"""Vector quantiser with an exponential-moving-average codebook and dead-code reset (paper section 3.1).

All of its state (codebook, running sums and counts, whether it was initialised) lives in buffers, so training
resumes where it stopped; the published code kept the last three outside the checkpoint.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Quantizer(nn.Module):
    """Nearest-code lookup in one codebook.

    Args:
        num_codes: size of the codebook K.
        width: numbers in a code.
        decay: of the running sums and counts.
        reset: where the replacement of a dead code comes from: "random" vectors of the batch, or "first", the vector
            of the same index (the published behaviour, right only when batches are shuffled).
    """

    codebook: Tensor
    code_sum: Tensor
    code_count: Tensor
    initialised: Tensor

    def __init__(self, num_codes: int, width: int, decay: float = 0.99, reset: str = "random") -> None:
        super().__init__()
        if reset not in ("random", "first"):
            raise ValueError(f"reset is 'random' or 'first', found {reset!r}")
        self.num_codes, self.width, self.decay, self.reset = num_codes, width, decay, reset
        self.register_buffer("codebook", torch.zeros(num_codes, width))
        self.register_buffer("code_sum", torch.zeros(num_codes, width))
        self.register_buffer("code_count", torch.zeros(num_codes))
        self.register_buffer("initialised", torch.tensor(False))

    def distances(self, vectors: Tensor) -> Tensor:
        """[N, width] to squared distances [N, K], float32."""
        with torch.autocast(vectors.device.type, enabled=False):  # rounded products would pick other codes
            return self._distances(vectors.float())

    def _distances(self, vectors: Tensor) -> Tensor:
        norms = (vectors * vectors).sum(-1, keepdim=True), (self.codebook * self.codebook).sum(-1)
        return norms[0] - 2 * vectors @ self.codebook.T + norms[1]

    def codes(self, vectors: Tensor) -> Tensor:
        """[..., width] to the index of the nearest code [...], int64; the first one on ties."""
        flat = vectors.reshape(-1, self.width)
        return self.distances(flat).argmin(-1).reshape(vectors.shape[:-1])

    def lookup(self, codes: Tensor) -> Tensor:
        """[...] int64 codes to their vectors [..., width].

        Raises:
            ValueError: for a code outside the codebook.
        """
        if codes.numel() and (codes.min() < 0 or codes.max() >= self.num_codes):
            span = f"{int(codes.min())}..{int(codes.max())}"
            raise ValueError(f"pose codes are 0..{self.num_codes - 1}, found {span}")
        return self.codebook[codes]

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Quantise, and in training mode move the codebook.

        Args:
            vectors: [..., width] encoder outputs.

        Returns:
            Quantised vectors of the same shape with the gradient passed straight through, the commitment loss (mean
            squared distance to the chosen, fixed codes) and the perplexity of code use in this batch.
        """
        vectors = vectors.float()
        flat = vectors.reshape(-1, self.width)
        if self.training and not self.initialised:
            self._initialise(flat.detach())
        codes = self.codes(flat)
        chosen = self.codebook[codes].reshape(vectors.shape)
        if self.training:
            self._follow(flat.detach(), codes)
        commitment = torch.nn.functional.mse_loss(vectors, chosen.detach())
        share = torch.bincount(codes, minlength=self.num_codes).float() / len(codes)
        perplexity = torch.exp(-(share * torch.log(share + 1e-7)).sum())
        return vectors + (chosen - vectors).detach(), commitment, perplexity

    @torch.no_grad()
    def _initialise(self, flat: Tensor) -> None:
        self.codebook.copy_(self._candidates(flat))
        self.code_sum.copy_(self.codebook)
        self.code_count.fill_(1.0)
        self.initialised.fill_(True)

    def _candidates(self, flat: Tensor) -> Tensor:
        """K vectors of the batch; tiled with a little noise when there are fewer."""
        if len(flat) < self.num_codes:
            copies = -(-self.num_codes // len(flat))
            flat = flat.repeat(copies, 1)
            flat = flat + torch.randn_like(flat) * (0.01 / self.width**0.5)
        if self.reset == "random":
            flat = flat[torch.randperm(len(flat), device=flat.device)]
        return flat[: self.num_codes]

    @torch.no_grad()
    def _follow(self, flat: Tensor, codes: Tensor) -> None:
        counts = torch.bincount(codes, minlength=self.num_codes).float()
        sums = torch.zeros_like(self.code_sum).index_add_(0, codes, flat)
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            # the codebook follows the batches of all training processes; the published code's follows one of them
            torch.distributed.all_reduce(counts)
            torch.distributed.all_reduce(sums)
        self.code_count.mul_(self.decay).add_(counts, alpha=1 - self.decay)
        self.code_sum.mul_(self.decay).add_(sums, alpha=1 - self.decay)
        alive = (self.code_count >= 1.0).unsqueeze(-1)
        moved = self.code_sum / self.code_count.clamp(min=1e-12).unsqueeze(-1)
        self.codebook.copy_(torch.where(alive, moved, self._candidates(flat)))
