"""The search: its files, processes, uncertainties and open cuts, as a user would declare them."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from gradcut.samples import Samples
from gradcut.selection import Selection

if TYPE_CHECKING:
    from gradcut.objectives import AsimovSignificance
    from gradcut.yields import Role

__all__ = [
    "BACKGROUND_UNCERTAINTY",
    "FILES",
    "NORM_UNCERTAINTY",
    "ROLES",
    "VARIATIONS",
    "objective",
    "sample_folder",
    "samples",
    "selection",
]

#: Process -> its file; the tree is called "events".
FILES = {"slepton": "signal.root", "ww": "ww.root", "ttbar": "ttbar.root"}
ROLES: dict[str, Role] = {"slepton": "signal", "ww": "background", "ttbar": "background"}
#: Relative uncertainties of the cross sections, on top of that of the total background.
NORM_UNCERTAINTY = {"ww": 0.05, "ttbar": 0.06}
BACKGROUND_UNCERTAINTY = 0.2
#: Variation -> suffix of the columns, and column of the weight.
VARIATIONS = {
    "nominal": ("", "weight"),
    "JES:up": ("_JES_up", "weight"),
    "JES:down": ("_JES_down", "weight"),
    "SOFT:up": ("_SOFT_up", "weight"),
    "SOFT:down": ("_SOFT_down", "weight"),
    "LEPSF:up": ("", "weight_LEPSF_up"),
    "LEPSF:down": ("", "weight_LEPSF_down"),
}


def sample_folder() -> Path:
    """Return the folder of the sample that ships with the package."""
    return Path(str(resources.files("gradcut.demo").joinpath("data")))


def samples() -> Samples:
    """Declare the processes and what is uncertain about them."""
    declared = Samples(weight="weight", event="event", require="presel == 1")
    for process, file in FILES.items():
        declared.add(
            process,
            f"{sample_folder() / file}:events",
            role=ROLES[process],
            norm_uncertainty=NORM_UNCERTAINTY.get(process),
        )
    declared.vary("JES", suffix=("_JES_up", "_JES_down"))
    declared.vary("SOFT", suffix=("_SOFT_up", "_SOFT_down"))
    declared.vary("LEPSF", weight=("weight_LEPSF_up", "weight_LEPSF_down"))
    return declared


def selection() -> Selection:
    """Leave open the seven cuts of the search of the CABIN paper."""
    return Selection(
        "met > ?",
        "jet_pt > ?",
        "dphi_l1_met < ?",
        "dphi_l2_met > ?",
        "mt_l1 < ?",
        "mt_l2 > ?",
        "dr_ll < ?",
    )


def objective() -> AsimovSignificance:
    """Return the significance: 20% background uncertainty, MC statistics and what is declared above."""
    from gradcut.objectives import AsimovSignificance

    return AsimovSignificance(BACKGROUND_UNCERTAINTY, systematics="sigma_b")
