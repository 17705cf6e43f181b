"""All figures of a model on photos in one run: ``python -m unipose evaluate-photos``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from unipose.chat import UniPose
from unipose.data.sources import load_poses
from unipose.evaluation.photos.cases import WAYS, Cases, imagined, rendered
from unipose.evaluation.photos.estimation import estimation
from unipose.evaluation.photos.hints import hinted
from unipose.evaluation.photos.labelled import labelled
from unipose.evaluation.photos.photographs import figures, photograph, sheet
from unipose.evaluation.photos.seer import Seer
from unipose.evaluation.photos.speaking import compared, described
from unipose.evaluation.run import Report
from unipose.evaluation.tables.changes import pairs
from unipose.evaluation.tables.material import Material, Table

_LEARNT, _LEARNT_EACH = 4000, 40
_IMAGINED = ("keypoints", "keypoints and landmarks")
_SPOKEN = ("image alone", "keypoints and landmarks", "image, keypoints and landmarks")
_COMPARED = -1  # ways of being shown pairs: the last of these, which tells most

Titled = Iterable[tuple[str, Table]]


@dataclass(frozen=True)
class Sources:
    """What a model is measured on; what is None is left out.

    Attributes:
        data: folder of a pose collection (see :mod:`unipose.data.sources`): held-out people, photographed in the mind.
        pictures: folder of rendered pictures (see :mod:`unipose.data.drawn`); needs ``data``, too, whose training
            poses the baselines know.
        photos: folder of real photos.
        labelled: folder of a dataset (see :data:`unipose.evaluation.photos.labelled.OPTIONS`).
    """

    data: Path | None = None
    pictures: Path | None = None
    photos: Path | None = None
    labelled: Path | None = None


def evaluate_photos(
    unipose: UniPose,
    sources: Sources,
    *,
    split: str = "test",
    count: int = 250,
    seed: int = 0,
    only: str = "",
    contact_sheet: Path | None = None,
    progress: Callable[[str], None] = lambda task: None,
) -> Report:
    """Measure a model on photos.

    Args:
        unipose: what is measured; its own detector is used on real photos alone.
        sources: what it is measured on.
        split: "val" or "test", of the poses, the pictures and the labels.
        count: people of each table, at most.
        seed: of the choice of people and of what detectors make of them.
        only: the group of tables of this name, or those with these words in their names; all when left out. Groups are
            "imagined photos", "hints", "photo to text", "photo difference", "pictures", "pictures to text", "pictures
            difference", "real photos" and "labels".
        contact_sheet: where the picture of the real photos is written, PNG or JPEG.
        progress: told the name of each group before it starts, and what comes of each photo.

    Returns:
        Figures by table and who answered: "reader" (the pose reader alone), "model" (the language model's first draft),
        "shown" (what the verbs answer), baselines. Millimetres for distances, milliseconds for time, shares else.

    Raises:
        ValueError: nothing to measure on, a split that holds nobody back, eyes that the model lacks, and what reading
            the sources raises.
    """
    if split not in ("val", "test"):
        raise ValueError(f"a model is measured on the people of val or of test, found {split!r}")
    if sources.pictures is not None and sources.data is None:
        raise ValueError("pictures are measured beside a pose collection, whose poses the baselines know; give --data")
    if unipose.model.config.vision_config is None and unipose.model.config.reader_config is None:
        raise ValueError(f"model '{unipose.name}' has no eyes: neither image towers nor a pose reader")
    groups = _Groups(unipose, sources, split, count, seed, contact_sheet, progress).steps()
    chosen = {name: step for name, step in groups.items() if name == only or (only not in groups and only in name)}
    if not chosen:
        raise ValueError(f"no group of tables has {only!r} in its name; there are {', '.join(groups) or 'none'}")
    report: Report = {}
    for name, step in chosen.items():
        progress(name)
        for title, table in step():
            report[title] = {who: {key: one.to_dict() for key, one in each.items()} for who, each in table.items()}
    return report


@dataclass(frozen=True)
class _Groups:
    unipose: UniPose
    sources: Sources
    split: str
    count: int
    seed: int
    contact_sheet: Path | None
    progress: Callable[[str], None]

    def steps(self) -> dict[str, Callable[[], Titled]]:
        """Groups of tables by name, as far as there is something to measure on."""
        steps: dict[str, Callable[[], Titled]] = {}
        if self.sources.data is not None and self._seer.takes(WAYS["keypoints"]):
            steps |= {
                "imagined photos": partial(self._estimates, "imagined photos", lambda: self._imagined, _IMAGINED),
                "hints": lambda: hinted(self._material, self._seer, self.count).items(),
                "photo to text": partial(self._texts, "photo to text", lambda: self._imagined, _IMAGINED),
                "photo difference": self._imagined_difference,
            }
        if self.sources.pictures is not None:
            steps |= {
                "pictures": partial(self._estimates, "pictures", lambda: self._rendered, tuple(WAYS)),
                "pictures to text": partial(self._texts, "pictures to text", lambda: self._rendered, _SPOKEN),
                "pictures difference": self._rendered_difference,
            }
        if self.sources.photos is not None:
            steps["real photos"] = partial(self._real, self.sources.photos)
        if self.sources.labelled is not None:
            given = self.split, self.count, self.seed, self.progress
            steps["labels"] = partial(labelled, self.unipose, self.sources.labelled, *given)
        return steps

    def _estimates(self, title: str, cases: Callable[[], Cases], ways: Iterable[str]) -> Iterator[tuple[str, Table]]:
        for way in self._taken(ways):
            yield f"{title}, {way}", estimation(self._seer, cases(), WAYS[way], self._material.taught)

    def _texts(self, title: str, cases: Callable[[], Cases], ways: Iterable[str]) -> Iterator[tuple[str, Table]]:
        for way in self._taken(ways):
            yield f"{title}, {way}", described(self._material, self._seer, cases(), WAYS[way])

    def _imagined_difference(self) -> Iterator[tuple[str, Table]]:
        """Somebody, and the same with a part or two of the body changed, photographed anew."""
        both = pairs(self._material, self._material.poses).unbind(1)
        before, after = (imagined(each, self.seed + turn) for turn, each in enumerate(both))
        yield self._difference("photo difference", before, after, _IMAGINED)

    def _rendered_difference(self) -> Iterator[tuple[str, Table]]:
        """Somebody, and somebody else."""
        cases = self._rendered
        rows = list(range(len(cases)))
        yield self._difference("pictures difference", cases, cases.at(rows[1:] + rows[:1]), _SPOKEN)

    def _difference(self, title: str, before: Cases, after: Cases, ways: Iterable[str]) -> tuple[str, Table]:
        way = self._taken(ways)[_COMPARED]
        return f"{title}, {way}", compared(self._material, self._seer, before, after, WAYS[way])

    def _real(self, folder: Path) -> Iterator[tuple[str, Table]]:
        photos = photograph(self.unipose, folder, self.count, self.progress)
        if self.contact_sheet is not None:
            sheet(photos).save(self.contact_sheet)
        yield "real photos", figures(photos)

    def _taken(self, ways: Iterable[str]) -> list[str]:
        return [way for way in ways if self._seer.takes(WAYS[way])]

    @cached_property
    def _seer(self) -> Seer:
        return Seer(self.unipose)

    @cached_property
    def _material(self) -> Material:
        data = self.sources.data
        assert data is not None, "tables of poses are made where there are some"
        learnt = min(_LEARNT, _LEARNT_EACH * self.count)
        return Material(
            self.unipose, load_poses(data, self.split), load_poses(data, "train"), self.count, learnt, self.seed
        )

    @cached_property
    def _imagined(self) -> Cases:
        return imagined(self._material.poses, self.seed)

    @cached_property
    def _rendered(self) -> Cases:
        assert self.sources.pictures is not None, "tables of pictures are made where there are some"
        return rendered(self.sources.pictures, self.split, self.count, self.seed)
