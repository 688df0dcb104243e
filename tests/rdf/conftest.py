"""Files for the tests of RDataFrame."""

from __future__ import annotations

import pytest
from rdf_events import make_events, write_file


@pytest.fixture(scope="session")
def events():
    return make_events()


@pytest.fixture(scope="session", params=["ttree", "rntuple"])
def file(request, ROOT, events, tmp_path_factory):  # noqa: N803
    path = tmp_path_factory.mktemp("events") / f"{request.param}.root"
    return write_file(ROOT, events, path, request.param)


@pytest.fixture(scope="session")
def tree(ROOT, events, tmp_path_factory):  # noqa: N803
    return write_file(ROOT, events, tmp_path_factory.mktemp("events") / "tree.root", "ttree")


@pytest.fixture
def frame(ROOT, tree):  # noqa: N803
    return ROOT.RDataFrame("events", tree)
