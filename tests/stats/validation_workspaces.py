"""pyhf's validation cases, with the CLs at mu = 1 that ROOT's HistFactory gave for them.

Numbers from https://github.com/scikit-hep/pyhf (``validation/``, ``tests/test_validation.py``), Apache-2.0.
"""

from __future__ import annotations

from typing import Any

Bins = dict[str, list[float]]


def _modifier(kind: str, name: str, data: Any = None) -> dict[str, Any]:
    return {"name": name, "type": kind, "data": data}


def _sample(name: str, data: list[float], *modifiers: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "data": data, "modifiers": list(modifiers)}


def _workspace(
    channels: dict[str, list[dict[str, Any]]],
    observed: Bins,
    parameters: list[dict[str, Any]] | None = None,
    poi: str = "mu",
) -> dict[str, Any]:
    return {
        "channels": [{"name": name, "samples": samples} for name, samples in channels.items()],
        "observations": [{"name": name, "data": data} for name, data in observed.items()],
        "measurements": [{"name": "meas", "config": {"poi": poi, "parameters": parameters or []}}],
        "version": "1.0.0",
    }


MU = _modifier("normfactor", "mu")


def _histosys(name: str, up: list[float], down: list[float]) -> dict[str, Any]:
    return _modifier("histosys", name, {"hi_data": up, "lo_data": down})


def _normsys(name: str, down: float, up: float) -> dict[str, Any]:
    return _modifier("normsys", name, {"hi": up, "lo": down})


_LUMI = {"name": "lumi", "auxdata": [1.0], "sigmas": [0.1], "inits": [1.0], "bounds": [[0.0, 10.0]]}

WORKSPACES: dict[str, dict[str, Any]] = {
    "1bin_shapesys": _workspace(
        {
            "singlechannel": [
                _sample("signal", [10.0], MU),
                _sample("background", [50.0], _modifier("shapesys", "uncorr_bkguncrt", [7.0])),
            ]
        },
        {"singlechannel": [55.0]},
    ),
    "1bin_lumi": _workspace(
        {
            "channel1": [
                _sample("signal", [20.0], MU),
                _sample("background1", [100.0], _modifier("lumi", "lumi")),
                _sample("background2", [0.0], _modifier("lumi", "lumi")),
            ]
        },
        {"channel1": [55.0]},
        [_LUMI],
    ),
    "1bin_normsys": _workspace(
        {
            "singlechannel": [
                _sample("signal", [30.0, 95.0], MU),
                _sample("background", [100.0, 150.0], _normsys("bkg_norm", 0.9, 1.1)),
            ]
        },
        {"singlechannel": [120.0, 180.0]},
    ),
    "2bin_histosys": _workspace(
        {
            "singlechannel": [
                _sample("signal", [30.0, 95.0], MU),
                _sample("background", [100.0, 150.0], _histosys("bkg_norm", [102.0, 190.0], [98.0, 100.0])),
            ]
        },
        {"singlechannel": [120.0, 180.0]},
    ),
    "2bin_2channel": _workspace(
        {
            "signal": [
                _sample("signal", [10.0, 35.0], MU),
                _sample("background", [100.0, 150.0], _modifier("shapesys", "bkguncrt_signal", [10.0, 10.0])),
            ],
            "control": [
                _sample("background", [200.0, 350.0], _modifier("shapesys", "bkguncrt_control", [5.0, 10.0]))
            ],
        },
        {"signal": [110.0, 155.0], "control": [205.0, 345.0]},
    ),
    "2bin_2channel_couplednorm": _workspace(
        {
            "signal": [
                _sample("signal", [10.0, 35.0], MU),
                _sample("bkg1", [100.0, 100.0], _normsys("coupled_normsys", 0.9, 1.1)),
                _sample("bkg2", [50.0, 100.0], _normsys("coupled_normsys", 0.5, 1.5)),
            ],
            "control": [_sample("background", [100.0, 100.0], _normsys("coupled_normsys", 0.9, 1.1))],
        },
        {"signal": [105.0, 220.0], "control": [110.0, 105.0]},
    ),
    "2bin_2channel_coupledhistosys": _workspace(
        {
            "signal": [
                _sample("signal", [30.0, 35.0], MU),
                _sample("bkg1", [100.0, 100.0], _histosys("coupled_histosys", [110.0, 110.0], [90.0, 90.0])),
                _sample("bkg2", [50.0, 120.0], _histosys("coupled_histosys", [55.0, 55.0], [45.0, 45.0])),
            ],
            "control": [
                _sample(
                    "background", [105.0, 100.0], _histosys("coupled_histosys", [110.0, 115.0], [95.0, 90.0])
                )
            ],
        },
        {"signal": [170.0, 220.0], "control": [110.0, 105.0]},
    ),
    "2bin_2channel_coupledshapefactor": _workspace(
        {
            "signal": [
                _sample("signal", [20.0, 20.0], MU),
                _sample("bkg1", [100.0, 70.0], _modifier("shapefactor", "coupled_shapefactor")),
            ],
            "control": [
                _sample("background", [100.0, 100.0], _modifier("shapefactor", "coupled_shapefactor"))
            ],
        },
        {"signal": [220.0, 230.0], "control": [200.0, 300.0]},
    ),
    "shapesys_with_a_fixed_bin": _workspace(
        {
            "channel1": [
                _sample("signal", [20.0, 10.0], _modifier("normfactor", "SigXsecOverSM")),
                _sample("background1", [100.0, 10.0], _modifier("shapesys", "syst", [10.0, 0.0])),
            ]
        },
        {"channel1": [100.0, 10.0]},
        poi="SigXsecOverSM",
    ),
    "xmlimport_input_bkg": _workspace(
        {
            "channel1": [
                _sample(
                    "signal",
                    [20.0, 10.0],
                    _normsys("syst1", 0.95, 1.05),
                    _modifier("normfactor", "SigXsecOverSM"),
                ),
                _sample(
                    "background1",
                    [100.0, 0.0],
                    _modifier("lumi", "lumi"),
                    _modifier("staterror", "staterror_channel1", [5.000000074505806, 0.0]),
                    _normsys("syst2", 0.95, 1.05),
                ),
                _sample(
                    "background2",
                    [0.0, 100.0],
                    _modifier("lumi", "lumi"),
                    _modifier("staterror", "staterror_channel1", [0.0, 10.0]),
                    _normsys("syst3", 0.95, 1.05),
                ),
            ]
        },
        {"channel1": [100.0, 100.0]},
        [
            {**_LUMI, "bounds": [[0.5, 1.5]], "fixed": True},
            {"name": "SigXsecOverSM", "inits": [1.0], "bounds": [[0.0, 3.0]]},
            {"name": "syst1", "fixed": True},
        ],
        poi="SigXsecOverSM",
    ),
}

#: Case -> observed CLs, the five expected ones, and how well ROOT and pyhf agree; test statistic qmu.
ROOT_CLS: dict[str, tuple[float, tuple[float, ...], float]] = {
    "1bin_shapesys": (
        0.45418892944576333,
        (0.06372011644331387, 0.1509686618126131, 0.3279657430196915, 0.604613569829645, 0.8662652332047568),
        1e-6,
    ),
    "1bin_lumi": (
        0.010473144401519705,
        (
            0.01060400765567206,
            0.04022451457730529,
            0.13614632580079802,
            0.37078985531427255,
            0.7110468540175344,
        ),
        4e-6,
    ),
    "1bin_normsys": (
        0.0006735336290569807,
        (
            7.472581399417304e-10,
            5.741738272450336e-08,
            3.690120950161796e-06,
            0.00016966882793076826,
            0.004392935288879465,
        ),
        2e-9,
    ),
    "2bin_histosys": (
        0.1001463460725534,
        (
            7.133904244038431e-06,
            0.00012547100627138575,
            0.001880010666437615,
            0.02078964907605385,
            0.13692494523572218,
        ),
        8e-5,
    ),
    "2bin_2channel": (
        0.0563327694384318,
        (
            0.0004349234603527283,
            0.003422361539161119,
            0.02337454317608372,
            0.12186650297311125,
            0.40382274594391104,
        ),
        1e-6,
    ),
    "2bin_2channel_couplednorm": (
        0.5906216823766879,
        (
            0.05522270453784095,
            0.1361301880753241,
            0.30686879632329855,
            0.5839437910061168,
            0.8554708284963864,
        ),
        1e-6,
    ),
    "2bin_2channel_coupledhistosys": (
        0.07967400132261188,
        (
            1.7654378902209275e-05,
            0.00026266409358853543,
            0.0033401113778672156,
            0.03152286332324451,
            0.17907927340107824,
        ),
        1e-6,
    ),
    "2bin_2channel_coupledshapefactor": (
        0.5421679124909312,
        (
            0.013753299929451691,
            0.048887400056355966,
            0.15555296253957684,
            0.4007561343326305,
            0.7357169630955912,
        ),
        2.5e-6,
    ),
}
