"""What a model says of itself."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from gradcut.errors import DataError, DeclarationError
from gradcut.stats import Channel, Model, Modifier, Sample
from stats.validation_workspaces import WORKSPACES
from stats.varied_yields import varied_yields


def made(**settings: object) -> Model:
    background = Modifier("shapesys", "b", (np.array([1.0, 2.0]),))
    channels = (
        Channel("SR", (Sample("s", np.array([3.0, 4.0]), (Modifier("normfactor", "mu"),)),)),
        Channel("CR", (Sample("b", np.array([30.0, 40.0]), (background,)),)),
    )
    return Model(channels, "mu", **settings)  # type: ignore[arg-type]


def test_channels_stand_in_the_order_of_their_names() -> None:
    model = made(observations={"SR": [1, 2], "CR": [3, 4]})
    assert [channel.name for channel in model.channels] == ["CR", "SR"]
    assert model.data().tolist() == [3, 4, 1, 2, 900, 400]
    assert model.parameters[model.poi_index or 0] == "mu"
    assert {name: part.tolist() for name, part in model.by_channel(np.arange(4.0)).items()} == {
        "CR": [0, 1],
        "SR": [2, 3],
    }


def test_data_are_given_by_channel_or_flat_for_many_models_at_once() -> None:
    model = made()
    flat = model.data([3, 4, 1, 2])
    assert flat.tolist() == model.data({"CR": [3, 4], "SR": [1, 2]}).tolist()
    many = model.data(np.arange(12).reshape(3, 4))
    assert many.shape == (3, 6)
    assert many[2].tolist() == [8, 9, 10, 11, 900, 400]
    assert model.with_observations({"CR": [3, 4], "SR": [1, 2]}).data().tolist() == flat.tolist()
    with pytest.raises(DataError, match="has no observations"):
        model.data()
    with pytest.raises(DataError, match=r"no observations for channel 'SR'(.|\n)*CR, S"):
        model.data({"CR": [3, 4], "S": [1, 2]})
    with pytest.raises(DataError, match=r"channel 'SR'(.|\n)*shape \(3,\)(.|\n)*2 bins"):
        model.data({"CR": [3, 4], "SR": [1, 2, 3]})
    with pytest.raises(DataError, match=r"do not fit(.|\n)*4 bins: 'CR': 2, 'SR': 2"):
        model.data([1, 2, 3])
    for bad in (-1.0, np.nan, np.inf):
        with pytest.raises(DataError, match="finite numbers from 0 on"):
            model.data([bad, 1, 2, 3])


def test_models_are_changed_by_making_others() -> None:
    model = made()
    assert model.with_poi(None).poi_index is None
    assert model.poi == "mu"
    with pytest.raises(DeclarationError, match="no parameter is called 'nu'"):
        model.with_poi("nu")
    with pytest.raises(AttributeError):
        model.poi = None  # type: ignore[misc]
    with pytest.raises(TypeError):
        model.interpolation["normsys"] = "code1"  # type: ignore[index]


def test_interpolation_codes_reach_the_plan() -> None:
    workspace = copy.deepcopy(WORKSPACES["2bin_histosys"])
    assert Model.from_workspace(workspace).plan.modifiers[:, 4].max() == 4
    assert dict(Model.from_workspace(workspace).interpolation) == {"normsys": "code4", "histosys": "code4p"}
    model = Model.from_workspace(workspace, interpolation={"histosys": "code2"})
    assert dict(model.interpolation) == {"normsys": "code4", "histosys": "code2"}
    assert 2 in model.plan.modifiers[:, 4]
    with pytest.raises(DeclarationError, match=r"'histosys': 'code4'(.|\n)*code4p, code0, code2"):
        Model.from_workspace(workspace, interpolation={"histosys": "code4"})
    with pytest.raises(DeclarationError, match="unknown interpolation"):
        Model.from_workspace(workspace, interpolation={"shapesys": "code4"})


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DeclarationError, match="at least one channel"):
        Model(())
    short = Sample("s", np.array([1.0, 2.0]), (Modifier("histosys", "a", (np.ones(2), np.ones(3))),))
    with pytest.raises(
        DataError, match=r"channel 'SR', sample 's', modifier 'a'(.|\n)*histosys with 2, 3(.|\n)*2, 2"
    ):
        Model((Channel("SR", (short,)),))


def test_models_describe_themselves_and_cross_processes() -> None:
    model = made(observations={"SR": [1, 2], "CR": [3, 4]})
    assert repr(model) == "Model(bins of 'CR': 2, 'SR': 2; 3 free parameters of 3; poi='mu')"
    yields = varied_yields(1)
    for one in (model, Model.from_yields(yields, lumi_uncertainty=0.1, smooth=1.0)):
        for again in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one)):
            assert again.parameters == one.parameters
            assert again.data().tolist() == one.data().tolist()
            assert again.inputs.tolist() == one.inputs.tolist()
            assert again.notes == one.notes
    assert again.yields_to_inputs is not None
    assert again.yields_to_inputs.inputs(yields.moments)[0] == pytest.approx(again.inputs)
