"""Commands as tests run them."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from gradcut.cli import main


def run(*arguments: str, code: int = 0) -> Result:
    """Run a command, which has to end with this code."""
    result = CliRunner().invoke(main, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def run_json(*arguments: str, code: int = 0) -> Any:
    """What a command writes to standard output, which has to be one document."""
    return json.loads(run(*arguments, "--json", code=code).stdout)
