import warnings
warnings.warn("deprecated")
def add(a, b):
    return a + b
