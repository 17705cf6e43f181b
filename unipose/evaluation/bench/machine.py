"""The machine: its name, the time on its clock, its memory's size in use and its memory's speed."""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

_LARGEST = 2**30
"""Bytes read at most while measuring how fast memory is read: beyond this it is no faster."""


def named(device: torch.device) -> str:
    """What the figures were measured on, in one line."""
    threads = torch.get_num_threads()
    host = f"{_processor()}, {os.cpu_count()} cores, {threads} thread{'s' * (threads != 1)}"
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} (host: {host}), torch {torch.__version__}"
    return f"{'Apple GPU of ' if device.type == 'mps' else ''}{host}, torch {torch.__version__}"


def synchronise(device: torch.device) -> None:
    """Wait until the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def seconds(call: Callable[[], Any], device: torch.device) -> float:
    """How long a call takes."""
    synchronise(device)
    started = time.perf_counter()
    call()
    synchronise(device)
    return time.perf_counter() - started


def seconds_to_first(stream: Callable[[], Iterator[Any]]) -> float:
    """How long a stream takes to its first event; the rest is left."""
    started = time.perf_counter()
    running = stream()
    next(running)
    taken = time.perf_counter() - started
    getattr(running, "close", lambda: None)()
    return taken


def milliseconds(name: str, taken: list[float]) -> dict[str, float]:
    """Seconds to figures: ``NAME_ms_p50`` and ``NAME_ms_p95``."""
    return {f"{name}_ms_p{level}": 1000 * float(np.percentile(taken, level)) for level in (50, 95)}


def read_speed(size: int, device: torch.device, repeats: int = 5) -> float:
    """Bytes a second at which memory is read: the best of several sums over so many bytes.

    Small sizes lie in the processor's own memory, as weights of that size do.
    """
    numbers = torch.ones(max(1, min(size, _LARGEST) // 4), device=device)
    return numbers.nbytes / min(seconds(numbers.sum, device) for _ in range(repeats))


def fastest_dtype(device: torch.device, repeats: int = 5) -> torch.dtype:
    """The numbers this device multiplies fastest, by trying: what flags promise, kernels do not always keep.

    With ``avx512_bf16`` but no ``amx_bf16``, for one, an Intel processor is half as fast in bfloat16 as in float32.
    """
    sizes = (96, 1024), (1024, 3584)  # a pose's tokens, and a layer too large for the nearest cache

    def taken(dtype: torch.dtype) -> float:
        states, layer = (torch.ones(size, dtype=dtype, device=device) for size in sizes)
        return min(seconds(lambda: states @ layer, device) for _ in range(repeats + 1))

    return min((torch.bfloat16, torch.float16, torch.float32), key=taken)


def forget_peak(device: torch.device) -> None:
    """Count the peak anew, where the device can."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: torch.device) -> float:
    """MB: allocated at once on a GPU; else the largest resident size of this process so far."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    if device.type == "mps":
        return torch.mps.driver_allocated_memory() / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # bytes there, kB elsewhere


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
