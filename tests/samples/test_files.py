"""Files read by uproot: the same events as the arrays they were written from."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from samples_toys import TOY_FEATURES, assert_same_events, declare_toys, write_file

from gradcut.errors import DataError, DeclarationError, SchemaError
from gradcut.samples import FromSpec, Samples, Split
from gradcut.samples.readers import uproot_files

pytestmark = pytest.mark.uproot


@pytest.fixture
def files(tmp_path, signal, background):
    """Signal in one file, background in three."""
    write_file(tmp_path / "signal.root", signal)
    for number, (start, stop) in enumerate([(0, 100), (100, 101), (101, 500)]):
        part = {name: column[start:stop] for name, column in background.items()}
        write_file(tmp_path / f"ww_{number}.root", part)
    return tmp_path


def collect(source_signal, source_background, **settings):
    return declare_toys(source_signal, source_background).collect(
        TOY_FEATURES, split=Split(seed=3), **settings
    )


def test_files_give_the_events_of_the_arrays(files, signal, background):
    found = collect(f"{files}/signal.root:events", f"{files}/ww_*.root:events", reader="uproot")
    assert_same_events(found, collect(signal, background))


def test_files_in_small_chunks_give_the_same(files, signal, background, monkeypatch):
    expected = collect(signal, background)
    monkeypatch.setattr(uproot_files, "CHUNK_BYTES", 1)
    monkeypatch.setattr(uproot_files, "LEAST_CHUNK", 37)
    found = collect(f"{files}/signal.root", [f"{files}/ww_{i}.root" for i in range(3)], reader="uproot")
    assert_same_events(found, expected)


def test_rntuple_gives_the_events_of_the_arrays(tmp_path, signal, background):
    write_file(tmp_path / "signal.root", signal, rntuple=True)
    write_file(tmp_path / "ww.root", background, rntuple=True)
    found = collect(tmp_path / "signal.root", tmp_path / "ww.root", reader="uproot")
    assert_same_events(found, collect(signal, background))


def test_spec_gives_the_events_of_the_files(files, signal, background):
    samples = {
        "susy": {"trees": ["events"], "files": [f"{files}/signal.root"], "metadata": {"lumi": 1.0}},
        "ww": {"trees": ["events"] * 3, "files": [f"{files}/ww_{i}.root" for i in range(3)]},
    }
    (files / "all.json").write_text(json.dumps({"samples": samples}))
    (files / "ww.json").write_text(json.dumps({"samples": {"ww": samples["ww"]}}))
    found = collect(FromSpec(files / "all.json", sample="susy"), f"{files}/ww.json", reader="uproot")
    assert_same_events(found, collect(signal, background))
    assert found.provenance[0].source.given == (f"{files}/all.json#susy",)


def test_provenance_keeps_names_as_given(files):
    found = collect(f"{files}/signal.root:events", f"{files}/ww_*.root:events", reader="uproot")
    plain = found.provenance[1].to_json()
    assert json.loads(json.dumps(plain)) == {
        "channel": "all",
        "process": "ww",
        "variation": "nominal",
        "reader": "uproot",
        "entries": 500,
        "source": {
            "kind": "files",
            "given": [f"{files}/ww_*.root:events"],
            "files": [f"{files}/ww_{i}.root" for i in range(3)],
            "trees": ["events"] * 3,
            "prepare": "",
        },
    }


def test_samples_of_files_can_be_pickled_and_read_elsewhere(files, signal, background):
    samples = declare_toys(f"{files}/signal.root", f"{files}/ww_*.root")
    again = pickle.loads(pickle.dumps(samples))
    found = again.collect(TOY_FEATURES, split=Split(seed=3), reader="uproot")
    assert_same_events(found, collect(signal, background))


def test_samples_with_a_lambda_cannot_be_pickled_and_say_why(files):
    samples = Samples()
    samples.add("ww", f"{files}/ww_*.root", role="background", prepare=lambda node: node)
    with pytest.raises(
        DeclarationError, match=r"(?s)'prepare' function.*cannot be pickled.*top level of a module"
    ):
        pickle.dumps(samples)


def test_prepare_needs_root(files):
    samples = Samples()
    samples.add("ww", f"{files}/ww_*.root", role="background", prepare=test_prepare_needs_root)
    with pytest.raises(DeclarationError, match=r"(?s)uproot cannot read this sample.*'prepare' function"):
        samples.collect(["met"], reader="uproot")


def test_unknown_tree_lists_trees_and_close_matches(files):
    samples = Samples()
    samples.add("ww", f"{files}/ww_*.root:event", role="background")
    with pytest.raises(DataError, match=r"(?s)no tree 'event'.*allowed: events.*did you mean 'events'"):
        samples.collect(["met"], reader="uproot")


def test_several_trees_need_a_name(tmp_path, background):
    import uproot

    with uproot.recreate(tmp_path / "a.root") as file:
        file.mktree("one", {"x": background["met"]})
        file.mktree("folder/two", {"x": background["met"]})
    samples = Samples()
    samples.add("a", tmp_path / "a.root", role="signal")
    with pytest.raises(
        DataError, match=r"(?s)several trees and none was named.*folder/two, one.*a\.root:folder/two"
    ):
        samples.collect(["x"], reader="uproot")
    named = Samples()
    named.add("a", f"{tmp_path}/a.root:folder/two", role="signal")
    assert named.collect(["x"], reader="uproot")["all", "a"].n_events == 500


def test_file_without_tree_is_refused(tmp_path):
    import uproot

    with uproot.recreate(tmp_path / "a.root") as file:
        file["text"] = "nothing"
    samples = Samples()
    samples.add("a", tmp_path / "a.root", role="signal")
    with pytest.raises(DataError, match="no TTree and no RNTuple in the file"):
        samples.collect(["x"], reader="uproot")


def test_later_file_without_a_column_is_named(files, signal):
    write_file(files / "ww_3.root", {"met": signal["met"]})
    with pytest.raises(DataError, match=r"(?s)is not in every file of the sample.*'ww'.*ww_3\.root"):
        collect(f"{files}/signal.root", f"{files}/ww_*.root", reader="uproot")


def test_later_file_with_another_type_is_named(files, background):
    write_file(files / "ww_3.root", {**background, "met": background["met"].astype(np.float64)})
    with pytest.raises(
        DataError, match=r"(?s)'met' has another type.*float64 in .*ww_3\.root, float32 before"
    ):
        collect(f"{files}/signal.root", f"{files}/ww_*.root", reader="uproot")


def test_truncated_file_is_refused_when_it_is_declared(files):
    content = (files / "signal.root").read_bytes()
    (files / "short.root").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=r"(?s)a ROOT file is truncated.*short\.root"):
        Samples().add("a", files / "short.root", role="signal")


def test_text_column_is_refused(tmp_path):
    import uproot

    with uproot.recreate(tmp_path / "a.root") as file:
        file.mktree("events", {"x": np.zeros(3), "name": ["a", "b", "c"]})
    samples = Samples()
    samples.add("a", tmp_path / "a.root", role="signal")
    with pytest.raises(DataError, match=r"(?s)column 'name' is not a number"):
        samples.collect(["name"], reader="uproot")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "a dataset specification is not JSON"),
        ("[]", "a dataset specification needs 'samples'"),
        ('{"samples": {"a": {"trees": ["t"]}}}', r"(?s)'files' holds a list of names.*sample 'a'"),
        ('{"samples": {"a": {"trees": ["t", "u", "v"], "files": ["x", "y"]}}}', "one name, or one per file"),
    ],
)
def test_spec_that_is_damaged_is_refused(tmp_path, content, message):
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(SchemaError, match=message):
        FromSpec(tmp_path / "s.json")


def test_spec_unknown_sample_or_file_is_refused(files):
    (files / "s.json").write_text(
        json.dumps({"samples": {"ww": {"trees": ["t"], "files": [f"{files}/ww_0.root"]}}})
    )
    with pytest.raises(DataError, match=r"(?s)no sample 'w'.*did you mean 'ww'"):
        FromSpec(files / "s.json", sample="w")
    with pytest.raises(DataError, match="a dataset specification cannot be read"):
        FromSpec(files / "none.json")


def test_spec_with_friends_needs_root(files):
    spec = {"samples": {"ww": {"trees": ["events"], "files": [f"{files}/ww_0.root"]}}, "range": [0, 10]}
    (files / "s.json").write_text(json.dumps(spec))
    samples = Samples()
    samples.add("ww", f"{files}/s.json", role="background")
    with pytest.raises(
        DeclarationError, match=r"(?s)uproot cannot read this sample.*'range' in the specification"
    ):
        samples.collect(["met"], reader="uproot")
    with pytest.raises(DataError, match="a single sample of a specification with range"):
        FromSpec(files / "s.json", sample="ww")


def test_reader_that_does_not_exist_is_refused(files):
    with pytest.raises(DeclarationError, match=r"(?s)unknown reader.*'auto', 'root', 'uproot'"):
        collect(f"{files}/signal.root", f"{files}/ww_*.root", reader="numpy")
