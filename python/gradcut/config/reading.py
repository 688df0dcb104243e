"""From a file, or text, to a checked configuration."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gradcut.config.analysis import Analysis
from gradcut.config.problems import Problems
from gradcut.config.validating import validate
from gradcut.config.yaml_nodes import MOST_CHARACTERS, load
from gradcut.errors import DeclarationError

__all__ = ["Document", "parse_analysis", "read_analysis"]


@dataclass(frozen=True)
class Document:
    """A configuration with what is needed to name its lines.

    Parameters
    ----------
    analysis : Analysis
        What it says.
    problems : Problems
        Takes errors with their places in the file.
    folder : Path
        What its paths are relative to.
    name : str
        The file, for messages.
    text : str
        The file as it was read.
    """

    analysis: Analysis
    problems: Problems
    folder: Path
    name: str
    text: str


def read_analysis(path: str | os.PathLike[str]) -> Document:
    """Read a configuration.

    Parameters
    ----------
    path : path
        A YAML file; JSON is YAML, too.

    Raises
    ------
    DeclarationError
        If it is wrong: all that is, with file, line and key.
    SchemaError
        If it is not YAML.
    """
    file = Path(path)
    try:
        with file.open("rb") as opened:
            # Not more than can be a configuration, of a device that never ends, too.
            text = opened.read(4 * MOST_CHARACTERS + 4).decode("utf-8")
    except FileNotFoundError as error:
        hint = "gradcut learn --example cuts > analysis.yaml"
        raise DeclarationError("there is no such configuration", where=str(path), hint=hint) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError("a configuration cannot be read", given=str(error), where=str(path)) from error
    # Absolute, so that a checkpoint is that of the same samples from whichever folder it is continued.
    return parse_analysis(text, folder=file.parent.resolve(), name=str(path))


def parse_analysis(text: str, *, folder: Path = Path(), name: str = "configuration") -> Document:
    """Check the text of a configuration; see :func:`read_analysis`."""
    located = load(text, name)
    problems = Problems(name, located)
    analysis = validate(located.data, problems)
    problems.raise_if_any()
    if analysis is None:
        raise RuntimeError("a configuration that is wrong says why")
    return Document(analysis, problems, folder, name, text)
