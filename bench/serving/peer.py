"""The peers of bench/serving.ts: FastAPI over onnxruntime, as people write it, on one worker.

Usage: PYTHON bench/serving/peer.py MODEL.onnx PORT. Endpoints: /pydantic (validated body and answer), /raw (orjson, no
validation), /float32 (raw rows in, raw float64 out). Each asks for a bearer token and names the version that answered.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import onnxruntime as ort
import orjson
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from pydantic import BaseModel

FEATURES = 42
MODEL = Path(sys.argv[1])
PORT = int(sys.argv[2])
TOKEN = os.environ["PEER_TOKEN"]
VERSION = hashlib.sha256(MODEL.read_bytes()).hexdigest()

options = ort.SessionOptions()
options.intra_op_num_threads = 1
session = ort.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])
app = FastAPI()


class Body(BaseModel):
    model: str
    features: list[list[float | None]]


class Answer(BaseModel):
    model: str
    versionHash: str
    predictions: list[float]


def checked(authorization: Annotated[str, Header()] = "") -> None:
    """Compare with the one token that is known: less than a signature would cost."""
    if not hmac.compare_digest(authorization, f"Bearer {TOKEN}"):
        raise HTTPException(401)


def score(rows: np.ndarray) -> np.ndarray:
    return session.run(None, {"features": rows})[0]


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ready"}


@app.post("/pydantic", dependencies=[Depends(checked)])
async def validated(body: Body) -> Answer:
    rows = np.array(body.features, dtype=np.float32)
    if rows.shape[1] != FEATURES or np.isinf(rows).any():
        raise HTTPException(400)
    return Answer(model=body.model, versionHash=VERSION, predictions=score(rows)[:, 0].tolist())


@app.post("/raw")
async def raw(request: Request) -> Response:
    checked(request.headers.get("authorization", ""))
    body = orjson.loads(await request.body())
    rows = np.array(body["features"], dtype=np.float32)
    answer = {"model": body["model"], "versionHash": VERSION, "predictions": score(rows)[:, 0].tolist()}
    return Response(orjson.dumps(answer), media_type="application/json")


@app.post("/float32")
async def float32(request: Request) -> Response:
    checked(request.headers.get("authorization", ""))
    rows = np.frombuffer(await request.body(), dtype="<f4").reshape(-1, FEATURES)
    return Response(score(rows)[:, 0].tobytes(), media_type="application/octet-stream")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning", access_log=False)
