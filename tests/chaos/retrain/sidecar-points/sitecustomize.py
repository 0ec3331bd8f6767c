"""Loaded by the interpreter of a sidecar under test: lets it stop at both sides of the rename of an artifact.

Without the folder that `CHAOS_FOLDER` names, nothing is touched. The file `hold` in it says where to stop, a line
`<in|after> <sha256>` each; `reached-<sha256>` tells that somebody stands there; without its line, it goes on.
"""

import os
import pathlib
import time

_FOLDER = os.environ.get("CHAOS_FOLDER")
_POLL_SECONDS = 0.01
_replace = pathlib.Path.replace


def _wait(moment: str, target: pathlib.Path) -> None:
    folder = pathlib.Path(_FOLDER or "")
    hold = folder / "hold"
    line = f"{moment} {target.name}"
    reached = False
    while hold.is_file() and line in hold.read_text(encoding="utf-8").splitlines():
        if not reached:
            (folder / f"reached-{target.name}").write_text(str(os.getpid()), encoding="utf-8")
            reached = True
        time.sleep(_POLL_SECONDS)


def _stopping_replace(self: pathlib.Path, target: str | os.PathLike[str]) -> pathlib.Path:
    _wait("in", pathlib.Path(target))
    result = _replace(self, target)
    _wait("after", pathlib.Path(target))
    return result


if _FOLDER:
    pathlib.Path.replace = _stopping_replace
