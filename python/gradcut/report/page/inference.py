"""What the templates of a result say: yields in every variation, expected significance, impacts."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from gradcut.errors import GradcutError
from gradcut.report.page.markup import as_html, element
from gradcut.tables import Block, Paragraph, Table, number, plus_minus

if TYPE_CHECKING:
    from gradcut.samples import Samples
    from gradcut.yields import Yields

__all__ = ["inference"]

#: Nuisance parameters that are shown.
SHOWN = 30


def inference(result: Any, samples: Samples) -> str:
    """Return the section as HTML; nothing for results without templates.

    Parameters
    ----------
    result
        Anything with ``templates``.
    samples : Samples
        Events; with folds each is judged by what did not see it.
    """
    if not hasattr(result, "templates") or bool(getattr(result, "channels", None)):
        return ""
    yields = result.templates(samples, folds=bool(result.folds))
    shown = as_html([_yields(yields)])
    if not {"signal", "background"} <= set(yields.layout.roles):
        return shown
    try:
        return shown + "\n" + as_html(_measurement(yields))
    except GradcutError as error:
        # A page of a fit whose templates make no model is a page all the same, and says why.
        return shown + element("p", escape(f"No likelihood of these templates: {error}"), class_="warning")


def _yields(yields: Yields) -> Table:
    """Sums over all bins of every process, and what variations change them by."""
    layout = yields.layout
    several = len(layout.channels) > 1
    rows = []
    for channel in layout.channels:
        for process in layout.processes:
            nominal = yields.of(process, channel=channel)
            total, error = float(nominal.sum_w.sum()), float(nominal.variance.sum()) ** 0.5
            cells = [*([channel] if several else []), process, plus_minus(total, error)]
            for tag in layout.variations[1:]:
                varied = float(yields.of(process, channel=channel, variation=tag).sum_w.sum())
                cells.append(f"{100 * (varied / total - 1):+.2f} %" if total else "-")
            rows.append(cells)
    head = [*(["channel"] if several else []), "process", "yield", *layout.variations[1:]]
    return Table(head, rows, left=2 if several else 1, title="Yields, and changes by variations")


def _measurement(yields: Yields) -> list[Block]:
    from gradcut import stats

    model = stats.Model.from_yields(yields)
    asimov = model.asimov(mu=1.0)
    significance = stats.hypotest(1.0, model, "asimov", test_statistic="q0")
    found: list[Block] = [
        Paragraph(
            "Data as expected with the signal, all uncertainties of the samples and MC statistics profiled: "
            f"significance {number(significance.q**0.5)}."
        )
    ]
    rows = [
        [row.name, *(f"{change:+.3g}" for change in (row.up, row.down))]
        for row in stats.impacts(model, asimov).rows[:SHOWN]
    ]
    constraints = {row.name: row.constraint for row in stats.pulls(model, asimov)}
    head = ["nuisance parameter", "signal strength, up", "down", "constraint"]
    cells = [[*row, number(constraints[row[0]], 3) if row[0] in constraints else "-"] for row in rows]
    notes = (
        "What a nuisance parameter one deviation up or down does to the signal strength; the largest first. "
    )
    notes += "Constraint: its uncertainty after the fit in units of that before."
    return [*found, Table(head, cells, title="Impacts", notes=notes)] if cells else found
