import os
def clean():
    return not any(os.path.exists(path) for path in ("/tmp/left", "/dev/shm/left", "left"))
