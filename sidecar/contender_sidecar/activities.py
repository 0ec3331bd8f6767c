"""The two activities of the training queue: one object in, one object out, typed failures."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from contender_sidecar.failures import ArtifactStoreUnavailable, ContractViolation, TrainingFailure
from contender_sidecar.fit_pool import FitDefect, FitProcessDied
from contender_sidecar.fit_process import Job
from contender_sidecar.generated.contracts import FitFinalInput, RunTrialInput
from contender_sidecar.structured_log import Log

if TYPE_CHECKING:
    from contender_sidecar.fit_pool import FitPool
    from contender_sidecar.fit_process import JobKind
    from contender_sidecar.metrics import Metrics
    from contender_sidecar.progress import Progress

# What arrives is checked by its contract alone: a message that is no object must fail typed, too.
Message = Any
Result = dict[str, Any]


class TrainingActivities:
    """Parses, hands the job to the pool, heartbeats, translates failures."""

    def __init__(self, pool: FitPool, metrics: Metrics, *, threads: int) -> None:
        self._pool = pool
        self._metrics = metrics
        self._threads = threads

    @activity.defn(name="runTrial")
    async def run_trial(self, message: Message) -> Result:
        """Score one trial out of sample (RunTrialInput to RunTrialResult)."""
        return await self._run("runTrial", RunTrialInput, message)

    @activity.defn(name="fitFinal")
    async def fit_final(self, message: Message) -> Result:
        """Fit and export the model that will serve (FitFinalInput to FitFinalResult)."""
        return await self._run("fitFinal", FitFinalInput, message)

    async def _run(self, kind: JobKind, contract: type[RunTrialInput | FitFinalInput], message: Message) -> Result:
        info = activity.info()
        log = Log(activity=kind, workflowId=info.workflow_id, attempt=info.attempt)
        started = time.monotonic()
        outcome = "defect"
        self._metrics.running.labels(kind).inc()
        try:
            parsed = parse(contract, message)
            log = log.child(correlationId=parsed.correlation_id, trialId=parsed.trial.trial_id)
            log.info(f"{kind} started")
            finished = await self._pool.run(
                # The configured count is a ceiling: the machine's owner knows who shares the cores.
                Job(kind, parsed.model_dump(mode="json", by_alias=True), min(parsed.threads, self._threads)),
                limit_seconds=parsed.max_seconds,
                on_tick=_heartbeat,
            )
        except TrainingFailure as failure:
            outcome = type(failure).__name__
            log.warn(f"{kind} failed: {failure.message}", failure=outcome, details=failure.details)
            raise _application_error(failure) from None
        except asyncio.CancelledError:
            outcome = "cancelled"
            log.info(f"{kind} cancelled")
            if activity.is_worker_shutdown():
                # Not the workflow's wish: another sidecar, or this one started again, goes on from the stored folds.
                raise ApplicationError("the sidecar is stopping", type="SidecarStopping") from None
            raise
        except FitProcessDied as error:
            outcome = "FitProcessDied"
            log.error(f"{kind} failed", error=error)
            raise ApplicationError(f"{error}", type="FitProcessDied") from None
        except ArtifactStoreUnavailable as error:
            outcome = "ArtifactStoreUnavailable"
            log.error(f"{kind} failed", error=error)
            raise ApplicationError(f"{error}", type="ArtifactStoreUnavailable") from None
        except FitDefect as error:
            outcome = "FitDefect"
            log.error(f"{kind} failed", error=error)
            raise ApplicationError(f"{error}", type="FitDefect") from None
        else:
            outcome = "ok"
            self._metrics.resumed_folds.inc(finished.resumed_folds)
            seconds = round(time.monotonic() - started, 3)
            log.info(f"{kind} finished", seconds=seconds, resumedFolds=finished.resumed_folds)
            return finished.result
        finally:
            self._metrics.running.labels(kind).dec()
            self._metrics.activities.labels(kind, outcome).inc()
            self._metrics.seconds.labels(kind).observe(time.monotonic() - started)


def parse(contract: type[RunTrialInput | FitFinalInput], message: Message) -> RunTrialInput | FitFinalInput:
    """Parse what arrived; raises ContractViolation with the path and reason of every issue."""
    try:
        # As JSON and strictly: "31" is no count of leaves and 1 is no truth value.
        return contract.model_validate_json(json.dumps(message), strict=True)
    except ValidationError as error:
        issues = [
            {"path": ".".join(str(part) for part in issue["loc"]), "reason": issue["msg"]}
            for issue in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        summary = "; ".join(f"{issue['path']}: {issue['reason']}" for issue in issues[:5])
        raise ContractViolation(f"the message does not fit {contract.__name__}: {summary}", issues=issues) from None


def _application_error(failure: TrainingFailure) -> ApplicationError:
    return ApplicationError(failure.sentences(), failure.details, type=type(failure).__name__, non_retryable=True)


def _heartbeat(progress: Progress | None) -> None:
    if progress is None:
        activity.heartbeat({"waiting": True})
    else:
        activity.heartbeat(progress.as_heartbeat())
