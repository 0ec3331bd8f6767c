"""How far an activity is. Kept apart from the numerics, so that the worker process need not load them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Fold `fold` of `folds` (from 1), boosting round `iteration`, folds that an earlier attempt had finished."""

    fold: int
    folds: int
    iteration: int
    resumed_folds: int = 0

    def as_heartbeat(self) -> dict[str, int]:
        """The heartbeat's detail. A hint for people; a later attempt resumes from the stored folds instead."""
        return {
            "fold": self.fold,
            "folds": self.folds,
            "iteration": self.iteration,
            "resumedFolds": self.resumed_folds,
        }
