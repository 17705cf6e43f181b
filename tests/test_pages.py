"""The pages lead where they say: links, paths, the index, the table of variables, the ledger of licences."""

import os
import re
from pathlib import Path

import pytest
import yaml

import unipose
from tests.pages import DOCS, FENCE, HISTORY, PAGES, ROOT, TOOLS, named


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", text)):
        if re.match(r"https?://|mailto:", target):
            continue
        place, _, heading = target.partition("#")
        file = page if not place else (page.parent / place).resolve()
        assert file.exists(), f"{named(page)}: no {target}"
        if heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.M)
            assert heading in {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}, target


@pytest.mark.parametrize("page", sorted(set(PAGES) - HISTORY), ids=named)
def test_paths_in_the_text_exist(page):
    rooms = {path.name for path in (ROOT / "unipose").iterdir() if path.is_dir()}
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for path in re.findall(r"`((?:\.\./)?\w[\w-]*/[\w./-]+)`", text):
        top = path.split("/")[0]
        if top in ("unipose", "tools", "tests", "docs", "assets"):
            assert (ROOT / path).exists(), f"{named(page)}: no {path}"
        elif top in rooms and path.endswith((".py", ".yaml", ".npz", "/")):
            places = (ROOT / "unipose" / path, ROOT / "assets" / path, page.parent / path)
            assert any(place.exists() for place in places), f"{named(page)}: no {path}"


def test_every_page_is_in_the_index():
    linked = set(re.findall(r"\]\((\w[\w-]*\.md)\)", (ROOT / "docs" / "README.md").read_text(encoding="utf-8")))
    assert linked == {page.name for page in DOCS} - {"README.md"}


def variables(paths) -> set[str]:
    return {name for path in paths for name in re.findall(r"\bUNIPOSE_[A-Z][A-Z_]*[A-Z]\b", path.read_text("utf-8"))}


def test_variables_are_told_and_read():
    code = [ROOT / "app.py", *(ROOT / "unipose").rglob("*.py"), *TOOLS]
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    pages = [*DOCS, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    assert variables(code) - variables(pages) == set(), "read, and on no page"
    assert variables(pages) - variables([*code, *tests]) == set(), "on a page, and read by nobody"
    assert variables([ROOT / "docs" / "README.md"]) == variables(pages), "the table of variables is whole"


def test_everything_shipped_is_in_the_ledger():
    ledger = set(re.findall(r"^\| `([^`]+)` \|", (ROOT / "assets" / "README.md").read_text(encoding="utf-8"), re.M))
    assert all((ROOT / row).exists() or (ROOT / "assets" / row).exists() for row in ledger), "rows without a file"
    for path in (ROOT / "assets").rglob("*"):
        name = path.relative_to(ROOT / "assets").as_posix()
        if path.is_file() and name != "README.md":
            assert name in ledger or any(row.endswith("/") and name.startswith(row) for row in ledger), name
    for folder, _, names in os.walk(ROOT / "unipose"):
        for name in names:
            path = Path(folder) / name
            if path.suffix in {".npz", ".safetensors", ".bin", ".pt", ".onnx", ".pkl", ".jpg", ".png", ".glb"}:
                assert path.relative_to(ROOT).as_posix() in ledger, f"{path} has no row in assets/README.md"


def test_the_citation_is_whole():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()
    assert cited["version"] == unipose.__version__ and cited["license"] == "Apache-2.0"
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
