"""Make the poses that names usually have, from the recipes in ``unipose/language/archetypes/``.

    python -m tools.solve_archetypes --names tree crow --sheet sheet.png
    python -m tools.solve_archetypes

The first draws the tries of each name, a row a name, each from in front, from the side and from behind, for somebody to
look at and to write down which are good (``pick``). The second writes those to ``unipose/language/archetypes.npz``;
with names it makes theirs alone anew.
Nothing but the solver and its shipped prior is used.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor
from tqdm.auto import tqdm

from unipose.body.mesh import FreeBody
from unipose.body.packing import pack, read, unpack, write
from unipose.body.pose import face_forward
from unipose.body.render import contact_sheet, render
from unipose.language.checking.checker import Checker
from unipose.language.items import Statement
from unipose.language.solving.archetypes import Recipe, read_recipes
from unipose.language.solving.solver import Solver

FILE = Path(__file__).resolve().parents[1] / "unipose" / "language" / "archetypes.npz"
_TRIES = 8
_DONE, _SHORT = (0.55, 0.68, 0.85), (0.80, 0.36, 0.34)  # tries that miss something are painted red


def tries(name: str, recipe: Recipe) -> tuple[Tensor, list[bool]]:
    """Poses [N, 22, 3, 3] of one recipe, those that do all of it first, then by how natural they are; which do."""
    solver, dice = Solver.load(), torch.Generator().manual_seed(recipe.seed)
    wanted = (Statement(name), *recipe.typical)
    found = solver.solve([wanted] * _TRIES, generator=dice).rotations
    poses = face_forward(unpack(pack(found)))
    values = solver.registry.measure_poses(poses)
    right = (Checker(solver.registry).margins(wanted, values) >= 0).all(-1)
    strange = solver.prior.surprise(solver.prior.encode(poses)) + torch.where(right, 0.0, 1e6)
    order = strange.argsort()
    return poses[order], right[order].tolist()


def draw(rows: Sequence[tuple[str, Tensor, list[bool]]], views: Sequence[int], size: int, path: Path) -> None:
    """A picture of the tries of several names, numbered."""
    body = FreeBody.load("light")
    pictures, texts = [], []
    for name, poses, right in rows:
        vertices = body.vertices(poses)
        for number, (each, done) in enumerate(zip(vertices, right, strict=True)):
            for azimuth in views:
                color = _DONE if done else _SHORT
                pictures.append(render(each, body.faces, size, azimuth=azimuth, colors=color))
                texts.append(f"{number}: {name}" if azimuth == views[0] else "")
    contact_sheet(pictures, texts, columns=_TRIES * len(views), font_size=10).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the poses that names usually have.")
    parser.add_argument("--names", nargs="*", help="these alone, in their left form; others stay")
    parser.add_argument("--sheet", type=Path, help="draw the tries instead of keeping those that are picked")
    parser.add_argument(
        "--views", nargs="*", type=int, default=[25, 100, 205], help="degrees it is seen from, 0 is in front"
    )
    parser.add_argument("--size", type=int, default=110, help="of a drawn try, in pixels")
    parser.add_argument("--out", type=Path, default=FILE, help="where to write, .npz")
    options = parser.parse_args()
    torch.set_num_threads(1)  # the same tries everywhere that numbers are rounded alike
    recipes = read_recipes()
    chosen = {name: recipes.get(name, Recipe((), 0, (0,))) for name in options.names or recipes}
    found = list(_found(chosen))
    if options.sheet:
        draw(found, options.views, options.size, options.sheet)
        return
    kept = read(options.out.read_bytes()) if options.names and options.out.exists() else {}
    kept |= {name: poses[list(chosen[name].pick)] for name, poses, _ in found}
    write({name: kept[name] for name in recipes if name in kept}, options.out)
    bad = [name for name, _, right in found if not all(right[place] for place in chosen[name].pick)]
    print(f"{len(found)} names, {options.out.stat().st_size:,} bytes; missing something: {', '.join(bad) or 'none'}")


def _found(chosen: dict[str, Recipe]) -> Iterator[tuple[str, Tensor, list[bool]]]:
    for name, recipe in tqdm(chosen.items()):
        yield name, *tries(name, recipe)


if __name__ == "__main__":
    main()
