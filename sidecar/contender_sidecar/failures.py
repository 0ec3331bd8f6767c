"""Typed failures of the training queue: one class per cause, named as contracts/training.ts names them."""

from __future__ import annotations


class TrainingFailure(Exception):  # noqa: N818  the wire names carry no Error suffix
    """A cause that another attempt with the same input would meet again; never retried.

    The class name is the failure type that the workflow sees.
    """

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, object] = details


class NonFiniteValues(TrainingFailure):
    """An infinite feature, or a label that is NaN or infinite; a missing feature is NaN, a missing label is null."""


class TrainingTimeLimit(TrainingFailure):
    """The activity ran longer than its `maxSeconds`."""


class TrainingMemoryLimit(TrainingFailure):
    """A fit outgrew the memory it may use."""


class TooFewRows(TrainingFailure):
    """A window holds too few labelled rows or sessions to fit on, or a block holds nothing to predict."""


class ConstantLabel(TrainingFailure):
    """Every label of a training window is the same number: there is nothing to learn."""


class OneClass(TrainingFailure):
    """Every label of a binary window falls into the same half: there is nothing to tell apart."""


class EnvironmentMismatch(TrainingFailure):
    """What is installed is not what the lock file says: the manifest would name an environment that was not used."""


class UnsupportedModel(TrainingFailure):
    """The fitted model uses something that the exact ONNX export refuses; the message names it."""


class ArtifactCorrupt(TrainingFailure):
    """An artifact is missing from the store, or its bytes do not have the hash or size they are named by."""


class ContractViolation(TrainingFailure):
    """A message or a table does not fit its contract."""


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
