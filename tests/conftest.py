"""Markers, and the reference data where they lie beside the repository."""

from __future__ import annotations

import importlib.util
import os
import re
import warnings
from pathlib import Path

import pytest

#: Marker -> the module that its tests need.
NEEDS = {
    "torch": "torch",
    "bayes": "botorch",
    "uproot": "uproot",
    "plot": "mplhep",
    "hist": "hist",
    "pyhf": "pyhf",
    "onnx": "onnxruntime",
    "correctionlib": "correctionlib",
    "pythia": "pythia8mc",
    "cabinetry": "cabinetry",
    "hls": "hls4ml",
    "dask": "distributed",
    "yaml": "pydantic",
}
#: Tests of these tiers run only when asked for by ``-m``.
TIERS = ("fuzz", "studies", "peers")


def _reason_root_is_missing() -> str | None:
    if importlib.util.find_spec("ROOT") is None:
        return "ROOT is not installed"
    from gradcut._build_info import ROOT_VERSION

    return None if ROOT_VERSION else "gradcut was built without ROOT"


def _shared_folder() -> Path | None:
    """Reference data: $GRADCUT_SHARED, or ``shared`` beside the repository."""
    named = os.environ.get("GRADCUT_SHARED")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared"
    return folder if (folder / "data").is_dir() else None


def _cuda_is_there() -> bool:
    if importlib.util.find_spec("torch") is None:
        return False
    import torch

    return bool(torch.cuda.is_available())


def reasons_to_skip(config: pytest.Config) -> dict[str, str]:
    """Marker -> why its tests cannot run here."""
    reasons: dict[str, str] = {}
    missing_root = _reason_root_is_missing()
    if missing_root:
        reasons["root"] = missing_root
    for marker, module in NEEDS.items():
        if importlib.util.find_spec(module) is None:
            reasons[marker] = f"{module} is not installed"
    if _shared_folder() is None:
        reasons["shared"] = "the reference data are not beside the repository"
    asked = config.getoption("markexpr") or ""
    for tier in TIERS:
        if tier not in asked:
            reasons[tier] = f"tier '{tier}' runs with -m {tier}"
    return reasons


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    reasons = reasons_to_skip(config)
    if any("cuda" in item.keywords for item in items) and not _cuda_is_there():
        reasons["cuda"] = "no CUDA GPU"
    for item in items:
        for marker, reason in reasons.items():
            if item.get_closest_marker(marker) is not None:
                item.add_marker(pytest.mark.skip(reason=reason))


#: Skips that are right on some machine; under GRADCUT_TEST_STRICT_SKIPS any other one fails the session.
ALLOWED_SKIPS = (
    r"no CUDA GPU",
    r"this processor has no \w+",
    r"tier '\w+' runs with",
    r"the reference data are not beside the repository",
)
_unexpected_skips: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if not report.skipped or not os.environ.get("GRADCUT_TEST_STRICT_SKIPS"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    missing = {"root": r"ROOT is not installed|gradcut was built without ROOT"}
    missing |= {marker: f"{module} is not installed" for marker, module in NEEDS.items()}
    asked = os.environ.get("GRADCUT_TEST_ALLOW_SKIPS", "").split(",")
    allowed = [*ALLOWED_SKIPS, *(missing[name] for name in asked if name in missing)]
    if not any(re.search(pattern, reason) for pattern in allowed):
        _unexpected_skips.append(f"{report.nodeid}: {reason}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if _unexpected_skips and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _unexpected_skips:
        terminalreporter.section("skips that are not on the allow-list")
        for line in _unexpected_skips:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with the reference data; mark the test with ``shared``."""
    folder = _shared_folder()
    if folder is None:
        pytest.skip("the reference data are not beside the repository")
    return folder / "data"


@pytest.fixture(scope="session")
def ROOT():  # noqa: N802 (the name users know)
    """ROOT with gradcut's library loaded; mark the test with ``root``."""
    from gradcut.rdf import library

    return library.load()


@pytest.fixture(autouse=True, scope="session")
def _one_torch_thread(request: pytest.FixtureRequest) -> None:
    # Two OpenMP threads on a busy machine spin instead of working; results do not depend on it.
    if "torch" not in reasons_to_skip(request.config) and any(
        "torch" in item.keywords for item in request.session.items
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import torch
        torch.set_num_threads(1)
