"""Photo to pose: how far what the reader sees, what is drafted and what is shown are from the truth."""

from __future__ import annotations

from torch import Tensor

from unipose.body.lifting import lifted
from unipose.evaluation.metrics import median
from unipose.evaluation.photos.baselines import NearestByKeypoints
from unipose.evaluation.photos.cases import Cases, Way
from unipose.evaluation.photos.errors import errors
from unipose.evaluation.photos.seer import Seer
from unipose.evaluation.tables.baselines import mean_pose
from unipose.evaluation.tables.material import Table


def estimation(seer: Seer, cases: Cases, way: Way, taught: Tensor) -> Table:
    """Estimate people from what is given of their photos.

    Args:
        seer: is asked.
        cases: whose pose is known.
        way: what is given.
        taught: [M, 22, 3, 3] poses that baselines know.

    Returns:
        ``reader``, the pose reader alone; ``model``, the language model's draft; ``shown``, what the product answers;
        and what it would be without a model: ``mean pose`` (facing the camera), and from keypoints the ``nearest
        pose`` and the bones of the ``landmarks``.
    """
    photos, target = cases.given(way), cases.rotations
    shown = seer.show(photos)
    table: Table = {"reader": errors(seer.read(photos), target)} if seer.reads else {}
    table["model"] = errors(seer.draft(photos), target)
    table["shown"] = errors(shown.rotations, target) | {"ms_p50": median(shown.milliseconds)}
    table["mean pose"] = errors(mean_pose(taught).expand_as(target), target)
    if way.keypoints:
        table["nearest pose"] = errors(NearestByKeypoints(taught).poses(cases.points), target)
    if way.landmarks:
        table["landmarks"] = errors(lifted(cases.landmarks, cases.points[..., 2]), target)
    return table
