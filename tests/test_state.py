"""Checkpoints: what is saved comes back, and nothing else is accepted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gradcut.errors import SchemaError
from gradcut.randomness import stream
from gradcut.state import FitState


def example() -> FitState:
    rng = stream(7, "starts")
    rng.normal(size=5)
    return FitState(
        declaration={"selection": ["met > ?"], "objective": "AsimovSignificance"},
        seed=7,
        parameters={"current": np.arange(6.0).reshape(2, 3), "best": np.array([1.5, np.inf])},
        step=12,
        stage="polish",
        optimiser={
            "state": {0: {"step": np.float64(3.0), "exp_avg": np.ones(3, dtype=np.float32)}},
            "groups": [1, None],
        },
        random_streams={"starts": rng.bit_generator.state},
        history=[{"step": 1, "z": 2.5, "note": "start"}],
    )


def assert_equal(a: FitState, b: FitState) -> None:
    assert a.declaration == b.declaration
    assert (a.seed, a.step, a.stage, a.history) == (b.seed, b.step, b.stage, b.history)
    np.testing.assert_equal(a.parameters, b.parameters)
    np.testing.assert_equal(a.optimiser, b.optimiser)
    assert a.random_streams == b.random_streams


def test_state_comes_back_equal(tmp_path: Path) -> None:
    state = example()
    state.save(tmp_path / "fit.state")
    loaded = FitState.load(tmp_path / "fit.state")
    assert_equal(loaded, state)
    assert loaded.optimiser["state"][0]["exp_avg"].dtype == np.float32


def test_random_stream_continues_where_it_was(tmp_path: Path) -> None:
    state = example()
    state.save(tmp_path / "fit.state")
    again = np.random.default_rng()
    again.bit_generator.state = FitState.load(tmp_path / "fit.state").random_streams["starts"]
    expected = stream(7, "starts")
    expected.normal(size=5)
    assert list(again.normal(size=4)) == list(expected.normal(size=4))


nested = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats()
    | st.text(max_size=5)
    | hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.int64, np.bool_]),
        hnp.array_shapes(min_side=0, max_side=3),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4) | st.integers(-5, 5), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(optimiser=st.dictionaries(st.text(max_size=4), nested, max_size=3))
def test_any_nested_state_comes_back_equal(tmp_path_factory: pytest.TempPathFactory, optimiser: dict) -> None:
    path = tmp_path_factory.mktemp("state") / "s"
    state = FitState(declaration={}, seed=1, optimiser=optimiser)
    state.save(path)
    np.testing.assert_equal(FitState.load(path).optimiser, optimiser)


def test_interrupted_write_leaves_the_previous_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "fit.state"
    example().save(path)

    def crash(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", crash)
    with pytest.raises(KeyboardInterrupt):
        FitState(declaration={}, seed=2).save(path)
    assert FitState.load(path).seed == 7
    assert [p.name for p in tmp_path.iterdir()] == ["fit.state"]


def test_truncated_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fit.state"
    example().save(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(SchemaError, match="not a checkpoint of gradcut, or it is damaged"):
        FitState.load(path)


def test_missing_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="there is no such checkpoint"):
        FitState.load(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 99}, "another version\n.*\n  given: 99\n  allowed: 1"),
        ({"format": "something"}, "this is not a checkpoint of gradcut"),
        ({"extra": 1}, "the checkpoint is damaged"),
        ({"optimiser": {"array": "optimiser/lost"}}, "the state of the optimiser"),
    ],
)
def test_foreign_headers_are_refused(tmp_path: Path, change: dict, message: str) -> None:
    path = tmp_path / "fit.state"
    example().save(path)
    with np.load(path) as archive:
        content = dict(archive)
    header = json.loads(str(content["header"])) | change
    with path.open("wb") as file:
        np.savez(file, **{**content, "header": np.array(json.dumps(header))})
    with pytest.raises(SchemaError, match=message):
        FitState.load(path)


def test_objects_are_not_plain_data(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="not plain data"):
        FitState(declaration={"f": print}, seed=1).save(tmp_path / "s")
    with pytest.raises(SchemaError, match="an array of objects"):
        FitState(declaration={}, seed=1, optimiser={"a": np.array([object()])}).save(tmp_path / "s")


def test_pickled_content_is_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "evil.state"
    with path.open("wb") as file:
        np.savez(file, header=np.array([print], dtype=object))
    with pytest.raises(SchemaError, match="not a checkpoint"):
        FitState.load(path)


def test_streams_of_one_seed_are_independent_and_reproducible() -> None:
    a, b = stream(1, "starts").normal(size=20_000), stream(1, "bootstrap").normal(size=20_000)
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.03
    assert list(a[:3]) == list(stream(1, "starts").normal(size=3))
    assert list(a[:3]) != list(stream(2, "starts").normal(size=3))


_HEADER: dict[str, object] = {
    "format": "gradcut-fit-state",
    "schema_version": 1,
    "declaration": {},
    "seed": 1,
    "step": 0,
    "stage": "soft",
    "history": [],
    "random_streams": {},
    "optimiser": {"items": []},
}


@pytest.mark.parametrize(
    "change",
    [
        {"optimiser": {"foo": 1}},
        {"optimiser": {"items": [1]}},
        {"optimiser": {"list": 3}},
        {"optimiser": {"array": []}},
        {"optimiser": {"items": [["m", {"array": "nowhere"}]]}},
        {"optimiser": {"items": [[[1], 2]]}},
        {"seed": "x"},
        {"step": True},
        {"history": 3},
        {"random_streams": []},
    ],
)
def test_load_header_of_another_structure_is_called_damaged(
    tmp_path: Path, change: dict[str, object]
) -> None:
    path = tmp_path / "fit.state"
    with path.open("wb") as file:
        np.savez(file, header=np.array(json.dumps({**_HEADER, **change})))
    with pytest.raises(SchemaError, match=r"(?s)the checkpoint is damaged.*fit.state"):
        FitState.load(path)


def test_load_of_a_plain_array_and_of_flipped_bits_is_refused_or_right(tmp_path: Path) -> None:
    path = tmp_path / "fit.state"
    with path.open("wb") as file:
        np.save(file, np.ones(3))
    with pytest.raises(SchemaError, match="not a checkpoint"):
        FitState.load(path)
    FitState(declaration={}, seed=1, parameters={"a": np.arange(5.0)}).save(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(400):
        flipped = bytearray(whole)
        flipped[rng.integers(len(whole))] ^= 1 << int(rng.integers(8))
        path.write_bytes(flipped)
        try:
            loaded = FitState.load(path)
        except SchemaError:
            continue
        # Dates and the like may flip: what is loaded is what was saved.
        assert loaded.parameters["a"].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("path", ["nowhere/fit.state", "."])
def test_save_where_nothing_can_be_written_says_where(tmp_path: Path, path: str) -> None:
    with pytest.raises(SchemaError, match=r"(?s)a checkpoint cannot be written.*folder that exists"):
        FitState(declaration={}, seed=1).save(tmp_path / path)


def test_save_of_a_key_that_json_would_change_is_refused(tmp_path: Path) -> None:
    state = FitState(declaration={}, seed=1, optimiser={"a": {(1, 2): 3}})
    with pytest.raises(SchemaError, match=r"(?s)neither text nor a number.*optimiser/0.*\(1, 2\)"):
        state.save(tmp_path / "fit.state")
