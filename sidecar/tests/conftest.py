"""Fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.snapshots import Bench

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A store with the ordinary snapshot."""
    return Bench(tmp_path / "artifacts")
