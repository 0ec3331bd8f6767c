"""The part of scipy.stats that the sidecar uses; the package ships no types."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

def rankdata(a: NDArray[Any]) -> NDArray[np.float64]: ...
