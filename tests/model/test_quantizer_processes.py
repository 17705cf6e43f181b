"""A codebook that several processes train follows the batches of all of them."""

from __future__ import annotations

import pytest
import torch
from torch import distributed, multiprocessing

from unipose.model.quantizer import Quantizer

CODES, WIDTH, HALF = 4, 2, 64


def started() -> Quantizer:
    """A codebook on the corners of a square, all codes alive."""
    quantizer = Quantizer(CODES, WIDTH).train()
    quantizer.codebook.copy_(torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]))
    quantizer.code_sum.copy_(100 * quantizer.codebook)
    quantizer.code_count.fill_(100)
    quantizer.initialised.fill_(True)
    return quantizer


def vectors() -> torch.Tensor:
    return 0.3 + torch.randn(2 * HALF, WIDTH, generator=torch.Generator().manual_seed(0))


def follow(rank: int, folder: str) -> None:
    """One process: its half of the batch."""
    distributed.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    quantizer = started()
    quantizer(vectors()[rank * HALF : (rank + 1) * HALF])
    torch.save(quantizer.state_dict(), f"{folder}/{rank}.pt")
    distributed.destroy_process_group()


@pytest.mark.slow  # two processes import everything anew
@pytest.mark.skipif(not distributed.is_available(), reason="this torch cannot train in several processes")
def test_two_processes_with_half_a_batch_do_what_one_does_with_all_of_it(tmp_path):
    alone = started()
    alone(vectors())
    multiprocessing.spawn(follow, (str(tmp_path),), nprocs=2)
    for rank in range(2):
        found = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        for name, value in alone.state_dict().items():
            torch.testing.assert_close(found[name], value, msg=f"{name} of process {rank}")
