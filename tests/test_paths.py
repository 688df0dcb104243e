from __future__ import annotations

import importlib.machinery
import importlib.util

import pytest

from gradcut import errors, paths


def test_paths_have_what_they_promise():
    assert (paths.include_dir() / "gradcut" / "kernels" / "Selection.h").is_file()
    assert list(paths.library_dir().glob("libgradcut_kernels.*"))
    assert (paths.cmake_dir() / "gradcutConfig.cmake").is_file()


def test_paths_of_a_source_tree_say_that_it_is_not_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(errors.GradcutError, match="the compiled part of gradcut is missing"):
        paths.include_dir()
    spec = importlib.machinery.ModuleSpec("gradcut._kernels", None, origin=str(tmp_path / "_kernels.so"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)
    with pytest.raises(errors.GradcutError, match="no directory 'lib/cmake/gradcut'"):
        paths.cmake_dir()
