"""The pages that people read, and what stands in them.

blocks(DOCS / "how-to" / "use-a-release.md", "python")     # the code of each fenced block
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TOP = tuple(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"))
PAGES = (*TOP, *sorted(DOCS.rglob("*.md")))
IDS = [str(page.relative_to(ROOT)) for page in PAGES]


def blocks(page: Path, language: str) -> list[str]:
    """Returns the fenced blocks of a page in one language; "" for blocks that name none."""
    fenced = re.findall(
        r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return [block for name, block in fenced if name == language]


def prose(page: Path) -> str:
    """Returns a page without its fenced blocks."""
    return re.sub(
        r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
