import tempfile, pathlib
def add(a, b):
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "x").write_text("1")
    return a + b
