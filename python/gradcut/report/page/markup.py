"""Blocks of a result as HTML; every text is escaped here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from gradcut.tables import Block, Facts, Paragraph, Table

__all__ = ["as_html", "code", "element", "plain_data"]


def element(tag: str, content: str, **attributes: str) -> str:
    """Return an element around content that is HTML already; attributes are escaped."""
    own = "".join(f' {name.rstrip("_")}="{escape(value)}"' for name, value in attributes.items())
    return f"<{tag}{own}>{content}</{tag}>"


def as_html(blocks: Sequence[Block]) -> str:
    """Write blocks below each other."""
    return "\n".join(_block(block) for block in blocks)


def code(text: str) -> str:
    """Write code that can be copied."""
    return element("pre", element("code", escape(text)))


def plain_data(value: Any) -> str:
    """Write numbers, texts, lists and mappings, one inside the other."""
    if isinstance(value, Mapping):
        rows = "".join(
            element("dt", escape(str(key))) + element("dd", plain_data(own)) for key, own in value.items()
        )
        return element("dl", rows) if rows else "-"
    if isinstance(value, (list, tuple)):
        if all(not isinstance(own, (Mapping, list, tuple)) for own in value):
            return escape(", ".join(_scalar(own) for own in value)) or "-"
        return element("ol", "".join(element("li", plain_data(own)) for own in value))
    return escape(_scalar(value))


def _scalar(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return element("p", escape(block.text))
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Facts):
        return _facts(block)
    return "\n".join(element("p", escape(text), class_="warning", role="note") for text in block.texts)


def _table(block: Table) -> str:
    head = "".join(
        element("th", escape(name), scope="col", **_aligned(i, block)) for i, name in enumerate(block.head)
    )
    rows = "\n".join(
        element(
            "tr",
            "".join(element("td", escape(cell), **_aligned(i, block)) for i, cell in enumerate(row)),
        )
        for row in block.rows
    )
    title = element("caption", escape(block.title)) if block.title else ""
    made = element("table", f"{title}{element('thead', element('tr', head))}\n{element('tbody', rows)}")
    notes = element("p", escape(block.notes), class_="notes") if block.notes else ""
    # Broad tables scroll by themselves, so that the page never does.
    return element("div", made, class_="broad", tabindex="0") + notes


def _aligned(column: int, block: Table) -> dict[str, str]:
    return {"class_": "left"} if column < block.left else {}


def _facts(block: Facts) -> str:
    rows = "".join(
        element(
            "tr",
            element("th", escape(what), scope="row", class_="left") + element("td", _value(value, remark)),
        )
        for what, value, remark in block.rows
    )
    return element("div", element("table", element("tbody", rows), class_="facts"), class_="broad")


def _value(value: str, remark: str) -> str:
    if not remark:
        return escape(value)
    return f"{element('strong', escape(value))} {element('span', escape(remark), class_='remark')}"
