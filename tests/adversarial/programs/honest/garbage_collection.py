import gc
gc.collect()
def add(a, b):
    gc.collect()
    return a + b
