"""`python -m contender_sidecar.explain`: contributions of features to scores, for a prediction server.

One JSON object per line on standard input, one answer per line on standard output, in order:

- `{"kind": "load", "model": SHA256, "text": LIGHTGBM_TEXT}` keeps a model; answered by `{"ok": true}`.
- `{"kind": "explain", "model": SHA256, "features": k, "rows": BASE64, "top": n}` with rows of little-endian float32,
  NaN for missing; answered by `{"ok": true, "rows": [{"prediction", "base", "top": [[feature, contribution], ...],
  "others"}]}`.

What cannot be done is answered by `{"ok": false, "code", "message"}`; the process goes on. It ends with its input.
"""

from __future__ import annotations

import base64
import json
import math
import os
import sys
from collections import OrderedDict
from typing import IO, TYPE_CHECKING, Any

import lightgbm as lgb
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEPT_MODELS = 4
# Contributions are sums of many products of doubles: LightGBM's own are off by about 1e-14 of their size.
SUM_TOLERANCE = 1e-9
# Behind whatever answers requests on the same machine.
NICENESS = 10


class Refused(Exception):  # noqa: N818  an answer, not a fault of the process
    """Answered by its code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Explainer:
    """Keeps the models used last; explains rows by the path-dependent TreeSHAP of LightGBM (Lundberg et al. 2018)."""

    def __init__(self) -> None:
        self._models: OrderedDict[str, lgb.Booster] = OrderedDict()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one request. Raises Refused."""
        if request["kind"] == "load":
            return self._load(request["model"], request["text"])
        return self._explain(request)

    def _load(self, model: str, text: str) -> dict[str, Any]:
        try:
            self._models[model] = lgb.Booster(model_str=text)
        except lgb.basic.LightGBMError as error:
            raise Refused("MODEL_UNREADABLE", f"LightGBM cannot read the native model: {error}") from error
        while len(self._models) > KEPT_MODELS:
            self._models.popitem(last=False)
        return {"ok": True}

    def _explain(self, request: dict[str, Any]) -> dict[str, Any]:
        booster = self._models.get(request["model"])
        if booster is None:
            raise Refused("MODEL_NOT_LOADED", f"model {request['model']} is not loaded")
        self._models.move_to_end(request["model"])
        width = booster.num_feature()
        if width != request["features"]:
            raise Refused("WRONG_WIDTH", f"the native model takes {width} features, not {request['features']}")
        rows = np.frombuffer(base64.b64decode(request["rows"]), dtype="<f4").reshape(-1, width).astype(np.float64)
        predictions = booster.predict(rows, num_threads=1)
        contributions = booster.predict(rows, pred_contrib=True, num_threads=1)
        return {
            "ok": True,
            "rows": [
                explain_row(float(prediction), contribution, int(request["top"]))
                for prediction, contribution in zip(predictions, contributions, strict=True)
            ],
        }


def explain_row(prediction: float, contribution: NDArray[np.float64], top: int) -> dict[str, Any]:
    """The largest contributions of one row. Raises Refused when all of them and the base do not add up to the score."""
    values = [float(value) for value in contribution]
    total = math.fsum(values)
    size = math.fsum(abs(value) for value in values)
    if not abs(total - prediction) <= SUM_TOLERANCE * max(1.0, size):
        raise Refused("INEXACT", f"contributions add up to {total!r}, the score is {prediction!r}")
    base, features = values[-1], values[:-1]
    order = sorted(range(len(features)), key=lambda at: (-abs(features[at]), at))
    chosen, others = order[:top], order[top:]
    return {
        "prediction": prediction,
        "base": base,
        "top": [[at, features[at]] for at in chosen],
        "others": math.fsum(features[at] for at in others),
    }


def serve(lines: IO[str], out: IO[str]) -> None:
    """Answer each line until the input ends."""
    explainer = Explainer()
    for line in lines:
        try:
            answer = explainer.answer(json.loads(line))
        except Refused as refused:
            answer = {"ok": False, "code": refused.code, "message": refused.message}
        except (KeyError, TypeError, ValueError) as error:
            answer = {"ok": False, "code": "BAD_REQUEST", "message": f"{type(error).__name__}: {error}"}
        out.write(json.dumps(answer) + "\n")
        out.flush()


if __name__ == "__main__":
    os.nice(NICENESS)
    serve(sys.stdin, sys.stdout)
