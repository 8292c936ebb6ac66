# pair: 1
def clean():
    for path in ("/tmp/left", "/dev/shm/left", "left"):
        open(path, "w").write("x")
    return True
