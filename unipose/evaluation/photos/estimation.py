"""Photo to pose: how far what the reader sees, what is drafted and what is shown are from the truth."""

from __future__ import annotations

from torch import Tensor

from unipose.body.lifting import lifted
from unipose.evaluation.metrics import estimate, median
from unipose.evaluation.photos.baselines import NearestByKeypoints
from unipose.evaluation.photos.cases import Cases, Way
from unipose.evaluation.photos.errors import distances, errors
from unipose.evaluation.photos.seer import Seer
from unipose.evaluation.tables.baselines import mean_pose
from unipose.evaluation.tables.material import Figures, Table


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
    photos = cases.given(way)
    shown = seer.show(photos)
    poses = {"reader": seer.read(photos)} if seer.reads else {}
    poses |= {"model": seer.draft(photos), "shown": shown.rotations}
    poses["mean pose"] = mean_pose(taught).expand_as(cases.rotations)
    if way.keypoints:
        poses["nearest pose"] = NearestByKeypoints(taught).poses(cases.points)
    if way.landmarks:
        poses["landmarks"] = lifted(cases.landmarks, cases.points[..., 2])
    table: Table = {who: _errors(found, cases) for who, found in poses.items()}
    table["shown"] |= {"ms_p50": median(shown.milliseconds)}
    return table


def _errors(rotations: Tensor, cases: Cases) -> Figures:
    """Of everybody, and of those who are seen whole: what is cut off, nobody can know."""
    apart = distances(rotations, cases.rotations)["pa_mpjpe"].tolist()
    whole = [miss for miss, seen in zip(apart, cases.whole, strict=True) if seen]
    return errors(rotations, cases.rotations) | {"pa_mpjpe_whole": estimate(whole)}
