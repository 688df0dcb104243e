"""File names as users write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradcut.errors import DataError, DeclarationError
from gradcut.samples.sources.patterns import check_root_file, expand, split_tree

COMPLETE = (
    b"root" + (62600).to_bytes(4, "big") + (100).to_bytes(4, "big") + (60).to_bytes(4, "big") + b"\0" * 44
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.root:events", ("a.root", "events")),
        ("a.root", ("a.root", "")),
        ("a.root:", ("a.root", "")),
        ("dir/a_*.root:folder/tree", ("dir/a_*.root", "folder/tree")),
        ("no_suffix:tree", ("no_suffix", "tree")),
        ("root://host:1094//path/a.root:events", ("root://host:1094//path/a.root", "events")),
        ("root://host:1094//path/a.root", ("root://host:1094//path/a.root", "")),
        ("root://host//path/a.root", ("root://host//path/a.root", "")),
        ("https://host/a.root:t", ("https://host/a.root", "t")),
    ],
)
def test_split_tree_finds_only_the_colon_of_the_tree(text, expected):
    assert split_tree(text) == expected


@pytest.fixture
def folder(tmp_path):
    for name in ("tt_2.root", "tt_10.root", "tt_1.root", "ww.root"):
        (tmp_path / name).write_bytes(COMPLETE)
    return tmp_path


def test_expand_glob_is_sorted_by_name(folder):
    found = expand(f"{folder}/tt_*.root:events")
    assert [Path(name).name for name, _ in found] == ["tt_1.root", "tt_10.root", "tt_2.root"]
    assert {tree for _, tree in found} == {"events"}


def test_expand_takes_paths_and_lists(folder):
    assert len(expand([folder / "ww.root", f"{folder}/tt_?.root:events"])) == 3


def test_expand_file_with_glob_characters_in_its_name_is_itself(tmp_path):
    (tmp_path / "a[1].root").write_bytes(COMPLETE)
    assert expand(str(tmp_path / "a[1].root:t")) == ((str(tmp_path / "a[1].root"), "t"),)


def test_expand_no_match_says_pattern_and_folder(folder):
    with pytest.raises(DataError, match=r"(?s)no file matches.*where: folder .*given: .*zz_\*\.root"):
        expand(f"{folder}/zz_*.root:events")


def test_expand_missing_folder_is_named_as_missing(folder):
    with pytest.raises(DataError, match=r"(?s)no such file.*nowhere \(which does not exist\)"):
        expand(f"{folder}/nowhere/a.root")


def test_expand_file_that_matches_twice_is_refused(folder):
    with pytest.raises(DataError, match="a file is there twice, so its events would count twice"):
        expand([f"{folder}/tt_*.root:t", f"{folder}/tt_1.root:t"])


def test_expand_something_else_is_refused():
    with pytest.raises(DeclarationError, match="a file name is text or a path"):
        expand([3])
    with pytest.raises(DeclarationError, match="at least one file"):
        expand([])


def test_check_root_file_accepts_complete(folder):
    check_root_file(str(folder / "ww.root"))


def test_check_root_file_that_is_not_root_is_refused(tmp_path):
    (tmp_path / "a.root").write_text("hello, this is text and not a ROOT file")
    with pytest.raises(DataError, match="not a ROOT file"):
        check_root_file(str(tmp_path / "a.root"))


@pytest.mark.parametrize("wide", [False, True])
def test_check_root_file_truncated_says_how_much_is_there(tmp_path, wide):
    end = (5000).to_bytes(8 if wide else 4, "big")
    version = (1_062_600 if wide else 62600).to_bytes(4, "big")
    head = b"root" + version + (100).to_bytes(4, "big") + end
    (tmp_path / "a.root").write_bytes(head.ljust(200, b"\0"))
    with pytest.raises(DataError, match=r"(?s)a ROOT file is truncated.*200 of 5000 bytes"):
        check_root_file(str(tmp_path / "a.root"))


def test_check_root_file_does_not_open_urls():
    check_root_file("root://host//a.root")
