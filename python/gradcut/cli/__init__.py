"""The command ``gradcut``: one module per sub-command, all of them thin."""

from __future__ import annotations

from gradcut.cli.apply import apply
from gradcut.cli.config import config
from gradcut.cli.convert import convert
from gradcut.cli.demo import demo
from gradcut.cli.group import main
from gradcut.cli.learn import learn
from gradcut.cli.plot import plot
from gradcut.cli.report import report
from gradcut.cli.resume import resume
from gradcut.cli.scan import scan
from gradcut.cli.show import show

__all__ = ["main"]

for _command in (apply, config, convert, demo, learn, plot, report, resume, scan, show):
    main.add_command(_command)
