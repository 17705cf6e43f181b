"""The pages of the project, for the tests that read them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS]
PAGES += sorted((ROOT / "assets").rglob("*.md")) + sorted((ROOT / "unipose").rglob("*.md"))
HISTORY = {ROOT / "docs" / "log.md", ROOT / "CHANGELOG.md"}  # they speak of what was
TOOLS = sorted((ROOT / "tools").rglob("*.py"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def named(path: Path) -> str:
    """A file's path from the root of the repository."""
    return path.relative_to(ROOT).as_posix()
