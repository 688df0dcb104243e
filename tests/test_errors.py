"""Errors say what was given, what is allowed, where, and what to do."""

from __future__ import annotations

import pickle

import pytest

from gradcut import errors


def test_message_has_every_part_that_is_known() -> None:
    error = errors.DeclarationError("this is wrong", given="a", allowed="b", where="c", hint="d")
    assert str(error) == "this is wrong\n  where: c\n  given: a\n  allowed: b\n  what to do: d"
    assert str(errors.DataError("only this")) == "only this"


@pytest.mark.parametrize("kind", [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")])
def test_errors_cross_process_borders(kind: type[errors.GradcutError]) -> None:
    error = kind("this is wrong", given="a", hint="d")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)
    assert again.hint == "d"


def test_kinds_have_exit_codes_of_their_own() -> None:
    kinds = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]
    assert len({kind.exit_code for kind in kinds}) == len(kinds)
    assert 0 not in {kind.exit_code for kind in kinds}


def test_close_matches_suggest_or_list() -> None:
    assert errors.close_matches("mett", ["met", "n_bjets"]) == "did you mean 'met'?"
    assert errors.close_matches("xyz", ["met", "jet_pt"]) == "known names: jet_pt, met"
    assert errors.close_matches("xyz", []) == "no names are known"


def test_close_matches_do_not_mind_the_case() -> None:
    names = ["Jet_pt", "Jet_eta", "MET_pt", "MET_PT"]
    assert errors.close_matches("met_pt", names, count=2) == "did you mean 'MET_PT', 'MET_pt'?"
    assert errors.close_matches("met_pt", names).startswith("did you mean 'MET_PT', 'MET_pt', 'Jet_pt'")
