"""The command ``gradcut``: one module per sub-command, all of them thin."""

from __future__ import annotations

from gradcut.cli.config import config
from gradcut.cli.demo import demo
from gradcut.cli.group import main

__all__ = ["main"]

main.add_command(config)
main.add_command(demo)
