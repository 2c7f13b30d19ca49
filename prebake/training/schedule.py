"""Learning-rate schedules."""

from __future__ import annotations

import math

from ..declare.fit import Cosine, Fit, Steps


def rate_at(fit: Fit, epoch: float) -> float:
    """The learning rate after so many epochs (a fraction within one)."""
    schedule = fit.schedule
    if isinstance(schedule, Steps):
        passed = sum(epoch >= after for after in schedule.after)
        return fit.learning_rate * schedule.factor**passed
    if isinstance(schedule, Cosine):
        return fit.learning_rate * _cosine(schedule, epoch, fit.epochs)
    return fit.learning_rate


def _cosine(schedule: Cosine, epoch: float, epochs: int) -> float:
    if epoch < schedule.warmup:
        return max(epoch, 1e-3) / schedule.warmup
    length = max(epochs - schedule.warmup, 1e-9)
    part = min((epoch - schedule.warmup) / length, 1.0)
    return schedule.floor + (1 - schedule.floor) * (1 + math.cos(math.pi * part)) / 2
