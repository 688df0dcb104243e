"""Statistics of yields.

What to use when: :func:`asimov_significance` for counting experiments whose bins are independent;
:class:`Model` for binned likelihoods with systematic uncertainties, from yields (:meth:`Model.from_yields`,
with :class:`TemplateOptions`) or from workspaces of pyhf (:meth:`Model.from_workspace`).
"""

from __future__ import annotations

from gradcut.side_by_side import joined_yields
from gradcut.stats.asimov import AsimovSignificances, asimov_significance
from gradcut.stats.fit_result import FitResult
from gradcut.stats.fitting import fit
from gradcut.stats.gaussianity import gaussianity
from gradcut.stats.histograms import yields_from_histograms
from gradcut.stats.hypotest_result import HypoTestResult, UpperLimitResult
from gradcut.stats.hypotests import hypotest, upper_limit
from gradcut.stats.information import (
    covariance,
    fisher_information,
    generalised_variance,
    nuisance_constraint,
    sigma_mu,
)
from gradcut.stats.model import Model
from gradcut.stats.notes import TemplateNote
from gradcut.stats.parameters import ParameterSet
from gradcut.stats.plan import LikelihoodPlan
from gradcut.stats.pruning import NuisanceEffect, PrunedModel, ranked_nuisances
from gradcut.stats.pulls import Impact, Impacts, Pull, Pulls, impacts, pulls
from gradcut.stats.spec import Channel, Modifier, ParameterConfig, Sample
from gradcut.stats.template_options import TemplateOptions
from gradcut.stats.yields_to_inputs import YieldsToInputs

__all__ = [
    "AsimovSignificances",
    "Channel",
    "FitResult",
    "HypoTestResult",
    "Impact",
    "Impacts",
    "LikelihoodPlan",
    "Model",
    "Modifier",
    "NuisanceEffect",
    "ParameterConfig",
    "ParameterSet",
    "PrunedModel",
    "Pull",
    "Pulls",
    "Sample",
    "TemplateNote",
    "TemplateOptions",
    "UpperLimitResult",
    "YieldsToInputs",
    "asimov_significance",
    "covariance",
    "fisher_information",
    "fit",
    "gaussianity",
    "generalised_variance",
    "hypotest",
    "impacts",
    "joined_yields",
    "nuisance_constraint",
    "pulls",
    "ranked_nuisances",
    "sigma_mu",
    "upper_limit",
    "yields_from_histograms",
]
