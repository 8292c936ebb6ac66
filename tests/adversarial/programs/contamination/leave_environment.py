def clean():
    import os
    os.environ["LEFTOVER"] = "1"
    os.umask(0o777)
    return True
