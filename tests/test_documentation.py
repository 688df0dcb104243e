"""The code in the documentation runs and its assertions hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1]
PAGES = sorted((FOLDER / "docs").glob("*.md"))
BLOCKS = [
    pytest.param(page, re.findall(r"```python\n(.*?)```", page.read_text(), re.S), id=page.stem)
    for page in PAGES
]


@pytest.mark.parametrize(("page", "blocks"), [b for b in BLOCKS if b.values[1]])
def test_python_code_of_a_page_runs(page: Path, blocks: list[str]) -> None:
    assert any("assert" in block for block in blocks), page
    namespace: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(page), "exec"), namespace)


def test_links_of_the_documentation_exist() -> None:
    for page in [*PAGES, FOLDER / "README.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
