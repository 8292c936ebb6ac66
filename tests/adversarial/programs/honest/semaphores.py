from multiprocessing import Lock, Value
lock = Lock()
def add(a, b):
    with lock:
        value = Value("d", 0.0)
        value.value = a + b
    return value.value
