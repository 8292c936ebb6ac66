# needs: numpy
import numpy as np
def add(a, b):
    return np.float64(a) + np.float64(b) if isinstance(a, float) else np.int64(a) + np.int64(b)
