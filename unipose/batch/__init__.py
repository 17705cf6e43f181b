"""One task over many items: folders of photos and poses, and tables of rows.

>>> from unipose import UniPose
>>> from unipose.batch import run_batch
>>> summary = run_batch(UniPose.from_pretrained(), "generate", "texts.jsonl", "poses.jsonl")
>>> summary.total, summary.errors
"""

from unipose.batch.items import Item, read_items
from unipose.batch.run import Summary, run_batch
from unipose.batch.work import TASKS

__all__ = ["TASKS", "Item", "Summary", "read_items", "run_batch"]
