"""One self-contained page per result: no script, nothing from elsewhere, nothing that asks a network."""

from __future__ import annotations

from gradcut.report.page.page import page

__all__ = ["page"]
