# needs: numpy
import numpy as np
def add(a, b):
    return np.array([a, b]).sum()
