"""Outfits: what a person wears, as regions of the body at rest with a cloth, some standing off the skin.

Heights are of the average body at rest (T-pose, metres): soles -1.20, ankles -1.13, knees -0.70, crotch about -0.40,
waist about -0.12, neck 0.25, crown 0.50; along the arms |x| runs from
0.18 (shoulder) over 0.45 (elbow) to 0.68 (wrist).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.people import colours
from tools.people.settings import Ranges

UPPER, LOWER, FEET, HANDS, SCALP, BEARD, GLASSES, BAND, TIE, HAT = range(10)
"""Kinds of region, as in ``shaders/person.frag``."""
MOST = 10  # garments that the shader has room for


@dataclass(frozen=True, eq=False)
class Garment:
    """One thing worn.

    Attributes:
        kind: which region.
        edges: [3], where it ends, by kind: hem, sleeve and neck; waist and hem; top; start; hairline.
        neck, gap: depth of a V at the neck, and half of the width that is open in front, metres.
        fold, gloss: how uneven and how shiny.
        pattern: [4]: kind, scale, phase, sharpness. ``first`` and ``second`` are its colours.
        thickness: metres off the skin; 0 is painted on.
        flare: [3], metres more between two lengths along the limb, see ``shaders/person.vert``.
        loose: metres of uneven fall.
    """

    kind: int
    edges: tuple[float, float, float]
    first: np.ndarray
    second: np.ndarray
    pattern: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 0.1)
    neck: float = 0.0
    gap: float = 0.0
    fold: float = 0.6
    gloss: float = 0.05
    thickness: float = 0.0
    flare: tuple[float, float, float] = (0.0, 0.0, 1.0)
    loose: float = 0.0

    def may_cover(self, rest: np.ndarray) -> np.ndarray:
        """Which of the places [V, 3] on the body at rest it may lie on, bool [V]; the shader decides exactly."""
        side, height = np.abs(rest[:, 0]), rest[:, 1]
        if self.kind == UPPER:
            return (height > self.edges[0]) & (side < self.edges[1]) & (height < 0.35)
        if self.kind in (LOWER, FEET):
            return (height < self.edges[0]) & (height > (self.edges[1] if self.kind == LOWER else -2))
        if self.kind == HANDS:
            return (side > self.edges[0]) & (height > 0)
        return (height > 0.25) & (side < 0.2)


@dataclass(frozen=True, eq=False)
class Outfit:
    """All that a person wears, the outermost last, and their colours.

    Attributes:
        garments: at most :data:`MOST`.
        skirt: hem height and flare in metres and the number of its garment, or None.
        hair: the number of the hair's garment, or None for the bald; ``style`` names its cut.
        hat: the number of the hat's garment and "cap" or "brim", or None.
        pack: the number of a backpack's garment, or None.
    """

    garments: tuple[Garment, ...]
    skin: np.ndarray
    lips: np.ndarray
    brows: np.ndarray
    iris: np.ndarray
    seed: np.ndarray
    skirt: tuple[float, float, int] | None
    hair: int | None
    style: str
    hat: tuple[int, str] | None
    pack: int | None


def drawn(rng: np.random.Generator, ranges: Ranges) -> Outfit:
    """A random outfit."""
    tone, hair_colour = colours.skin(rng), colours.hair(rng, ranges)
    garments: list[Garment] = []
    skirt = None
    if rng.random() < 0.5:
        garments.append(_region(FEET, (rng.uniform(-1.11, -0.85), 0, 0), rng, ranges))
    if rng.random() < 0.18:
        skirt = _skirted(garments, rng, ranges)
    else:
        tops = [_top(rng, ranges)] if rng.random() < 0.97 else []
        legs = [_legs(rng, ranges)]
        garments += tops + legs if rng.random() < 0.35 else legs + tops
    if rng.random() < 0.25:
        garments.append(_jacket(rng, ranges))
    elif rng.random() < 0.06:
        garments.append(_region(TIE, (0, 0, 0), rng, ranges))
    if rng.random() < 0.15:
        waist = rng.uniform(-0.16, -0.08)
        garments.append(_region(BAND, (waist, waist - rng.uniform(0.02, 0.05), 0), rng, ranges, gloss=0.3))
    if rng.random() < 0.9:
        garments.append(_shoes(rng, ranges))
    if rng.random() < 0.08:
        garments.append(_region(HANDS, (rng.uniform(0.64, 0.71), 0, 0), rng, ranges, thickness=0.004))
    style = str(rng.choice(["bald", "short", "short", "crop", "big", "long", "long", "bob", "bun", "tail"]))
    hair, hatted = None, rng.random() < 0.16
    if style != "bald":
        hair = len(garments)
        garments.append(_hair("crop" if hatted and style != "bob" else style, hair_colour, rng))
    if rng.random() < 0.16:
        garments.append(_beard(hair_colour, rng))
    if rng.random() < 0.1:
        dark = np.full(3, rng.uniform(0.02, 0.12))
        garments.append(Garment(GLASSES, (rng.uniform(0.006, 0.02), 0, 0), dark, dark, gloss=0.7, fold=0.0))
    hat = None
    if hatted:
        hat = (len(garments), str(rng.choice(["cap", "brim", "none"])))
        edge = (rng.uniform(0.435, 0.455), rng.uniform(0.0, 0.35), 0.36)
        garments.append(_region(HAT, edge, rng, ranges, thickness=rng.uniform(0.02, 0.032), fold=0.3))
    pack = None
    if rng.random() < 0.05 and len(garments) < MOST:
        pack = len(garments)
        garments.append(_region(BAND, (0, 0, 0), rng, ranges))  # an empty band: nothing of the skin is in its cloth
    red = np.array([1.05, 0.68, 0.68]) if rng.random() < 0.7 else np.array([1.1, 0.45, 0.5])
    return Outfit(
        garments=tuple(garments[:MOST]),
        skin=tone,
        lips=np.clip(tone * red, 0, 1),
        brows=hair_colour * 0.7,
        iris=np.array([[0.1, 0.06, 0.04], [0.2, 0.12, 0.06], [0.15, 0.25, 0.4]])[rng.integers(3)],
        seed=rng.uniform(-50, 50, 3),
        skirt=skirt,
        hair=hair,
        style=style,
        hat=hat if hat and hat[0] < MOST else None,
        pack=pack,
    )


def _region(kind: int, edges: tuple[float, float, float], rng: np.random.Generator, ranges: Ranges, **more) -> Garment:
    """A garment in random cloth."""
    which = float(rng.choice(ranges.patterns))
    scale = {4.0: rng.uniform(4, 22), 9.0: rng.uniform(10, 30)}.get(which, rng.uniform(4, 26))
    cloth = (which, scale, float(rng.random()), float(rng.choice([0.04, 0.15, 0.4])))
    settings = {"fold": rng.uniform(0.15, 1.1), "gloss": rng.choice([0.0, 0.03, 0.08, 0.3], p=[0.3, 0.4, 0.2, 0.1])}
    first, second = colours.painted(rng, ranges), colours.painted(rng, ranges)
    return Garment(kind, edges, first, second, cloth, **{**settings, **more})


def _top(rng: np.random.Generator, ranges: Ranges) -> Garment:
    lengths = [(0.13, 0.18), (0.26, 0.42), (0.42, 0.6), (0.63, 0.7)]  # none, short, to the elbow, long
    sleeve = rng.choice([rng.uniform(*length) for length in lengths], p=[0.12, 0.45, 0.08, 0.35])
    hem = rng.uniform(-0.34, -0.18) if rng.random() < 0.9 else rng.uniform(-0.08, 0.0)
    tight = rng.random() < 0.25
    return _region(
        UPPER,
        (hem, float(sleeve), rng.choice([rng.uniform(0.22, 0.25), rng.uniform(0.25, 0.29)], p=[0.7, 0.3])),
        rng,
        ranges,
        neck=rng.choice([0.0, rng.uniform(0.02, 0.12)]),
        thickness=0.003 if tight else rng.uniform(0.006, 0.014),
        flare=(0.0, 0, 1) if tight else (rng.uniform(0, 0.03), -0.05, rng.uniform(0.1, 0.4)),
        loose=0.0 if tight else rng.uniform(0, 0.02),
    )


def _jacket(rng: np.random.Generator, ranges: Ranges) -> Garment:
    hem = rng.uniform(-0.65, -0.45) if rng.random() < 0.2 else rng.uniform(-0.38, -0.2)
    sleeve = rng.uniform(0.62, 0.7) if rng.random() < 0.88 else 0.17
    return _region(
        UPPER,
        (hem, sleeve, rng.uniform(0.25, 0.29)),
        rng,
        ranges,
        neck=rng.uniform(0, 0.1),
        gap=rng.choice([0.0, rng.uniform(0.01, 0.07)]),
        thickness=rng.uniform(0.016, 0.03),
        flare=(rng.uniform(0, 0.03), 0.0, 0.4),
        loose=rng.uniform(0.005, 0.025),
    )


def _legs(rng: np.random.Generator, ranges: Ranges) -> Garment:
    lengths = [(-0.68, -0.48), (-0.95, -0.7), (-1.14, -1.05)]  # shorts, to the calf, long
    hem = rng.choice([rng.uniform(*length) for length in lengths], p=[0.25, 0.1, 0.65])
    tight = rng.random() < 0.35
    return _region(
        LOWER,
        (rng.uniform(-0.2, -0.08), float(hem), 0),
        rng,
        ranges,
        thickness=0.002 if tight else rng.uniform(0.006, 0.014),
        flare=(0.0, 0, 1) if tight else (rng.uniform(0.0, 0.04), 0.35, float(-hem - 0.05)),
        loose=0.0 if tight else rng.uniform(0, 0.02),
    )


def _skirted(garments: list[Garment], rng: np.random.Generator, ranges: Ranges) -> tuple[float, float, int]:
    """A dress, or a skirt with a top; below the hips its cloth hangs as a tube of its own."""
    hem, flare = rng.uniform(-1.05, -0.55), rng.uniform(0.02, 0.16)
    top = _top(rng, ranges)
    under = _region(LOWER, (-0.1, max(hem, -0.42), 0), rng, ranges, thickness=0.003)
    if rng.random() < 0.4:
        garments.append(_region(LOWER, (-0.1, -1.13, 0), rng, ranges))
    if rng.random() < 0.6:
        under = Garment(**{**vars(under), "first": top.first, "second": top.second, "pattern": top.pattern})
    garments += [top, under]
    return hem, flare, len(garments) - 1


def _shoes(rng: np.random.Generator, ranges: Ranges) -> Garment:
    boots = rng.random() < 0.15
    top = rng.uniform(-1.0, -0.8) if boots else rng.uniform(-1.15, -1.09)
    open_ = float(not boots and rng.random() < 0.15)
    return _region(FEET, (top, open_, 0), rng, ranges, thickness=rng.uniform(0.005, 0.012), fold=0.15)


def _hair(style: str, colour: np.ndarray, rng: np.random.Generator) -> Garment:
    thickness = {"crop": 0.004, "short": rng.uniform(0.01, 0.02), "big": rng.uniform(0.03, 0.065)}.get(style, 0.014)
    line = (rng.uniform(0.452, 0.475), rng.uniform(0.55, 0.8), rng.uniform(0.31, 0.36))
    other = np.clip(colour * rng.uniform(0.7, 1.5), 0, 1)
    return Garment(
        SCALP, line, colour, other, (4.0, 30.0, 0.0, 0.3), fold=1.2, gloss=rng.uniform(0, 0.2),
        thickness=thickness, loose=0.4 * thickness,
    )  # fmt: skip


def _beard(colour: np.ndarray, rng: np.random.Generator) -> Garment:
    full = rng.random() < 0.6
    edges = (0.342 if full else rng.uniform(0.3, 0.342), 0.06 if full else 0.13, 0)
    return Garment(BEARD, edges, colour, colour * 1.2, fold=1.0, thickness=rng.uniform(0.002, 0.02), loose=0.004)
