"""Typed failures of the training queue: one class per cause, named as contracts/training.ts names them."""

from __future__ import annotations

from typing import ClassVar


class TrainingFailure(Exception):  # noqa: N818  the wire names carry no Error suffix
    """A cause that another attempt with the same input would meet again; never retried.

    The class name is the failure type that the workflow sees.
    """

    remedy: ClassVar[str]
    """What whoever started the retrain can do about it, one sentence."""

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, object] = details

    def sentences(self) -> str:
        """Say what is wrong and what to do about it."""
        stop = "" if self.message.endswith((".", "!", "?")) else "."
        return f"{self.message}{stop} {self.remedy}"


class NonFiniteValues(TrainingFailure):
    """An infinite feature, or a label that is NaN or infinite; a missing feature is NaN, a missing label is null."""

    remedy = "Look at the extraction of the feature or label that is named."


class TrainingTimeLimit(TrainingFailure):
    """The activity ran longer than its `maxSeconds`."""

    remedy = "Raise training.maxMinutes, or ask for fewer trials, folds or sessions."


class TrainingMemoryLimit(TrainingFailure):
    """A fit outgrew the memory it may use."""

    remedy = "Raise CONTENDER_TRAINING_MEMORY_MB, lower CONTENDER_TRAINING_CONCURRENCY, or train on fewer sessions."


class TooFewRows(TrainingFailure):
    """A window holds too few labelled rows or sessions to fit on, or a block holds nothing to predict."""

    remedy = "Choose a longer window (training.trainSessions), or wait for more data."


class ConstantLabel(TrainingFailure):
    """Every label of a training window is the same number: there is nothing to learn."""

    remedy = "Look at the prices that the label is made of: a universe of one symbol, or prices that never change."


class OneClass(TrainingFailure):
    """Every label of a binary window falls into the same half: there is nothing to tell apart."""

    remedy = "Look at how the label is made, or train with training.objective: regression."


class EnvironmentMismatch(TrainingFailure):
    """What is installed is not what the lock file says: the manifest would name an environment that was not used."""

    remedy = "Install what the lock says (node scripts/bootstrap.mjs --install), or the image of the release."


class UnsupportedModel(TrainingFailure):
    """The fitted model uses something that the exact ONNX export refuses; the message names it."""

    remedy = "Choose a supported objective; no linear trees, categorical splits or zero_as_missing."


class ArtifactCorrupt(TrainingFailure):
    """An artifact is missing from the store, or its bytes do not have the hash or size they are named by."""

    remedy = "Restore the artifact from a backup, or start the retrain again, which makes it anew."


class ContractViolation(TrainingFailure):
    """A message or a table does not fit its contract."""

    remedy = "Run the same release in all processes; otherwise it is a defect of the sender."


class ArtifactStoreUnavailable(Exception):  # noqa: N818  a wire name
    """The artifact store cannot be read or written now - a full disk, a bucket that is away. Tried again."""


FAILURES: dict[str, type[TrainingFailure]] = {
    failure.__name__: failure
    for failure in (
        NonFiniteValues,
        TrainingTimeLimit,
        TrainingMemoryLimit,
        TooFewRows,
        ConstantLabel,
        OneClass,
        EnvironmentMismatch,
        UnsupportedModel,
        ArtifactCorrupt,
        ContractViolation,
    )
}
