"""The generated models, used as the sidecar uses them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from contender_sidecar import activities
from contender_sidecar.failures import FAILURES, ContractViolation
from contender_sidecar.generated.contracts import FitFinalInput, RunTrialInput, TrainingFailureType

if TYPE_CHECKING:
    from tests.snapshots import Bench


def test_a_message_survives_parsing_and_writing(bench: Bench) -> None:
    message = bench.trial_message()
    parsed = activities.parse(RunTrialInput, message)
    assert parsed.model_dump(mode="json", by_alias=True) == message


def test_a_message_of_before_a_field_existed_means_what_it_meant(bench: Bench) -> None:
    message = copy.deepcopy(bench.trial_message())
    older: Any = copy.deepcopy(message)
    del older["checkpoints"], older["trial"]["recipe"]["fitting"]
    for fold in older["folds"]:
        del fold["trainGaps"], fold["testGaps"]
    assert activities.parse(RunTrialInput, older).model_dump(mode="json", by_alias=True) == message


def test_a_parsed_message_cannot_be_changed(bench: Bench) -> None:
    parsed = bench.parse_trial()
    with pytest.raises(ValidationError, match="frozen"):
        parsed.seed = 8


def put(message: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    changed = copy.deepcopy(message)
    *parents, last = path.split(".")
    at = changed
    for part in parents:
        at = at[part]
    at[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("surprise", 1),
        ("trial.recipe.params.numLeaves", 31.5),
        ("trial.recipe.params.numLeaves", "31"),
        ("trial.recipe.params.numLeaves", True),
        ("trial.recipe.params.learningRate", 0),
        ("trial.recipe.params.objective", "lambdarank"),
        ("trial.recipe.features", []),
        ("rows.sha256", "A" * 64),
        ("folds", []),
        ("seed", -1),
        ("threads", None),
    ],
)
def test_a_message_outside_its_contract_is_a_violation_that_names_the_field(
    bench: Bench, path: str, value: object
) -> None:
    with pytest.raises(ContractViolation, match=path.replace(".", r"\.")) as caught:
        activities.parse(RunTrialInput, put(bench.trial_message(), path, value))
    assert caught.value.details["issues"]


@pytest.mark.parametrize("message", [None, [], "text", 7, {}])
def test_what_is_no_message_at_all_is_a_violation_too(message: object) -> None:
    with pytest.raises(ContractViolation):
        activities.parse(FitFinalInput, message)


def test_a_missing_field_is_named(bench: Bench) -> None:
    message = bench.trial_message()
    del message["folds"]
    with pytest.raises(ContractViolation, match="folds: Field required"):
        activities.parse(RunTrialInput, message)


def test_every_failure_is_one_that_the_contract_names() -> None:
    for name in FAILURES:
        assert TrainingFailureType.model_validate(name).root == name
