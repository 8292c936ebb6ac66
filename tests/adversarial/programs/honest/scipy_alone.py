# needs: scipy
# A package brings what it needs, named or not.
from scipy.special import comb
def add(a, b):
    return a + b + int(comb(2, 1)) - 2
