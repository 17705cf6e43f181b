"""The official release on disk to one folder that ``from_pretrained`` opens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from transformers import GenerationConfig

from unipose.interop.official import OfficialFiles, assemble, open_poses
from unipose.interop.plan import make_plan
from unipose.interop.provenance import fingerprints, write_provenance
from unipose.interop.settings import read_config, read_processor
from unipose.interop.shards import check_size, check_target, whole_folder, write_shards
from unipose.model.config import VisionConfig

DTYPES = {"bf16": torch.bfloat16, "f16": torch.float16, "f32": torch.float32}
_MOST_NEW_TOKENS = 512  # published


def convert(
    files: OfficialFiles,
    out: Path,
    dtype: str = "bf16",
    shard_size: str = "4GB",
    vision: VisionConfig | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> None:
    """Merge, rename, check and write the official model.

    Everything that can be checked without reading the weights is checked first. Memory taken is about one shard.
    ``out`` appears when it is whole; until then the work is in ``out`` with ``.partial`` added to its name.

    Args:
        files: where the official parts lie.
        out: the folder to make; new or empty.
        dtype: a key of ``DTYPES``; of all but the pose tokenizer, which stays float32.
        shard_size: upper bound of the files, such as "4GB".
        vision: sizes of the image towers, where they are not the published ones.
        progress: gets a line now and then.

    Raises:
        ValueError: in one line, for files that are missing, damaged, unsafe or of another model, and for a folder
            that cannot be written.
        OSError: when the disk fails.
    """
    if dtype not in DTYPES:
        raise ValueError(f"dtype is {', '.join(DTYPES)}, found {dtype!r}")
    check_size(shard_size)
    check_target(out)
    progress("opening the files")
    poses = open_poses(files.pose_vqvae)
    config = read_config(files.unipose, poses, vision)
    config.dtype = DTYPES[dtype]
    processor = read_processor(files.unipose, config)
    plan = make_plan(config, assemble(files, poses), files, DTYPES[dtype])
    check_target(out, plan.num_bytes)
    with whole_folder(out) as folder:
        progress("taking fingerprints of the files")
        sources = fingerprints(files, plan)
        write_shards(plan, folder, shard_size, progress)
        config.architectures = ["UniPoseModel"]
        config.save_pretrained(folder)
        processor.save_pretrained(folder)
        words = processor.tokenizer
        ends = {"bos_token_id": words.bos_token_id, "eos_token_id": words.eos_token_id}
        GenerationConfig(
            do_sample=False, max_new_tokens=_MOST_NEW_TOKENS, pad_token_id=words.pad_token_id, **ends
        ).save_pretrained(folder)
        write_provenance(folder, sources, plan, dtype)
