"""Who reads files, and what is said where nobody can."""

from __future__ import annotations

import pytest

from gradcut.errors import DeclarationError, RootError
from gradcut.samples.sources import backends


@pytest.fixture
def installed(monkeypatch):
    """Pretend that packages are there or not."""

    def pretend(root, uproot):
        monkeypatch.setattr(backends, "root_is_there", lambda: root)
        monkeypatch.setattr(backends, "uproot_is_there", lambda: uproot)

    return pretend


def choose(wanted, needs_root=""):
    return backends.choose_file_reader(wanted, needs_root=needs_root, where="ww.root")


@pytest.mark.parametrize(
    ("root", "uproot", "wanted", "expected"),
    [
        (True, True, "auto", "root"),
        (True, False, "auto", "root"),
        (False, True, "auto", "uproot"),
        (True, True, "uproot", "uproot"),
        (True, True, "root", "root"),
    ],
)
def test_choose_file_reader_takes_root_where_it_is(installed, root, uproot, wanted, expected):
    installed(root, uproot)
    assert choose(wanted) == expected


def test_choose_file_reader_without_any_says_what_to_install(installed):
    installed(False, False)
    with pytest.raises(RootError, match=r"(?s)nothing here reads ROOT files.*ww\.root.*gradcut\[uproot\]"):
        choose("auto")
    with pytest.raises(DeclarationError, match="uproot is not installed"):
        choose("uproot")


def test_choose_file_reader_without_root_where_it_is_needed(installed):
    installed(False, True)
    with pytest.raises(RootError, match=r"(?s)this sample needs ROOT.*given: a Cpp"):
        choose("auto", "a Cpp")
    with pytest.raises(RootError, match=r"(?s)this sample needs ROOT.*reader='root'"):
        choose("root")
