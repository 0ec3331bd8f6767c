"""Reads an artifact from a bucket and stores another, with the sidecar's own settings and store.

Usage: python bucket_round_trip.py SHA256 BYTES, with CONTENDER_ARTIFACTS_URL and the keys in the environment.
Prints the hash of what it stored.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "sidecar"))

from contender_sidecar.artifacts import open_store
from contender_sidecar.config import read_settings
from contender_sidecar.failures import ArtifactCorrupt
from contender_sidecar.generated.contracts import ArtifactRef

settings = read_settings(os.environ)
store = open_store(settings.artifacts_root, settings.bucket)
read = store.read(ArtifactRef(sha256=sys.argv[1], bytes=int(sys.argv[2]), media_type="text/plain"))
try:
    store.read(ArtifactRef(sha256="0" * 64, bytes=1, media_type="text/plain"))
except ArtifactCorrupt:
    sys.stdout.write(store.put(read[::-1], "text/plain").sha256)
