"""The container of glTF 2.0: arrays, and the JSON that describes them, in one binary file.

Specification: https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html. A writer only; it knows nothing of bodies.
The known libraries either leave out skins and animations (trimesh) or leave the packing, which is all there is to this
file, to their user (pygltflib).
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_COMPONENTS = {"float32": 5126, "uint32": 5125, "uint16": 5123, "uint8": 5121}
_TYPES = {(): "SCALAR", (2,): "VEC2", (3,): "VEC3", (4,): "VEC4", (4, 4): "MAT4"}
_VERTICES, _INDICES = 34962, 34963  # targets of a view
_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942


@dataclass
class Arrays:
    """Arrays being packed; each ``add`` returns the accessor's number."""

    accessors: list[dict[str, Any]] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)

    def add(self, array: np.ndarray, target: str | None = None, bounds: bool = False) -> int:
        """Pack an array.

        Args:
            array: [N], [N, 2..4] or [N, 4, 4] (matrices are written column by column), of float32, uint8, 16 or 32.
            target: "vertices" or "indices" where the array is one of those.
            bounds: write the least and the greatest value, which positions and key times must have.
        """
        accessor = {"bufferView": self._view(array, target)} | self._described(array, bounds)
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def add_sparse(self, array: np.ndarray) -> int:
        """Pack an array [N, 3] most of whose rows are zero: those that are not. Its bounds are written."""
        rows = np.flatnonzero(np.abs(array).max(1))
        accessor = self._described(array, bounds=True)
        if len(rows):
            accessor["sparse"] = {
                "count": len(rows),
                "indices": {
                    "bufferView": self._view(rows.astype(np.uint32), None),
                    "componentType": _COMPONENTS["uint32"],
                },
                "values": {"bufferView": self._view(array[rows], None)},
            }
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def _described(self, array: np.ndarray, bounds: bool) -> dict[str, Any]:
        described: dict[str, Any] = {
            "componentType": _COMPONENTS[array.dtype.name],
            "count": len(array),
            "type": _TYPES[array.shape[1:]],
        }
        if bounds:
            described["min"], described["max"] = (np.atleast_1d(edge).tolist() for edge in (array.min(0), array.max(0)))
        return described

    def _view(self, array: np.ndarray, target: str | None) -> int:
        raw = np.ascontiguousarray(array.swapaxes(1, 2) if array.ndim == 3 else array)
        raw = raw.astype(raw.dtype.newbyteorder("<"), copy=False)
        self.data.extend(b"\0" * (-len(self.data) % 4))
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self.data), "byteLength": raw.nbytes}
        if target is not None:
            view["target"] = {"vertices": _VERTICES, "indices": _INDICES}[target]
        self.data.extend(raw.tobytes())
        self.views.append(view)
        return len(self.views) - 1

    def glb(self, document: dict[str, Any]) -> bytes:
        """The whole file: ``document`` with the arrays of this packer."""
        binary = bytes(self.data) + b"\0" * (-len(self.data) % 4)
        document = document | {
            "buffers": [{"byteLength": len(binary)}],
            "bufferViews": self.views,
            "accessors": self.accessors,
        }
        text = json.dumps(document, separators=(",", ":")).encode("ascii")
        text += b" " * (-len(text) % 4)
        header = struct.pack("<III", _MAGIC, 2, 12 + 8 + len(text) + 8 + len(binary))
        chunks = (struct.pack("<II", len(text), _JSON), text, struct.pack("<II", len(binary), _BIN), binary)
        return header + b"".join(chunks)
