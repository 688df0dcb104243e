"""Sphinx configuration: python3 -m pip install '.[docs]' && sphinx-build -W docs docs/_build."""

from gradcut._build_info import VERSION

project = "gradcut"
author = "the gradcut developers"
release = VERSION
extensions = ["myst_parser"]
html_theme = "furo"
exclude_patterns = ["_build"]
# Links to files beside the documentation are for readers of the repository.
suppress_warnings = ["myst.xref_missing"]
myst_heading_anchors = 2
