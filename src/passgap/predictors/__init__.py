"""Diagnostics that predict: one file each, with its estimate, its source, and what it foretells of an arm.

:data:`PREDICTORS` holds those of this package and those that installed distributions offer under the entry-point group
``passgap.predictors``. ``docs/diagnostics.md`` explains each of them.
"""

from __future__ import annotations

from passgap.predictors._prediction import Direction, Learner, Prediction
from passgap.predictors._scoring import Scored, direction_of, score_prediction
from passgap.predictors._track_record import PastPrediction, Standing, standings_of
from passgap.predictors._weighing import DECISIVE, Foretold, TrackCount, Voice, counts_of, weigh
from passgap.predictors.base import Known, Predictor, predictions_for
from passgap.registry import Registry

PREDICTORS: Registry[Predictor] = Registry(
    package="passgap.predictors", attribute="PREDICTOR", group="passgap.predictors", noun="predictor"
)

__all__ = [
    "DECISIVE",
    "PREDICTORS",
    "Direction",
    "Foretold",
    "Known",
    "Learner",
    "PastPrediction",
    "Prediction",
    "Predictor",
    "Scored",
    "Standing",
    "TrackCount",
    "Voice",
    "counts_of",
    "direction_of",
    "predictions_for",
    "score_prediction",
    "standings_of",
    "weigh",
]
