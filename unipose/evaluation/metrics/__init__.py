"""The field's figures with their uncertainty: rates, joint errors, Frechet distance, retrieval, likeness of words."""

from unipose.evaluation.metrics.distances import fid, frechet, joint_errors
from unipose.evaluation.metrics.estimates import Estimate, bootstrap, estimate, median, rates
from unipose.evaluation.metrics.matching import r_precision, recall
from unipose.evaluation.metrics.wording import bleu, likeness, meteor, rouge

__all__ = [
    "Estimate",
    "bleu",
    "bootstrap",
    "estimate",
    "fid",
    "frechet",
    "joint_errors",
    "likeness",
    "median",
    "meteor",
    "r_precision",
    "rates",
    "recall",
    "rouge",
]
