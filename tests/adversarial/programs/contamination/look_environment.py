def clean():
    import os
    return "LEFTOVER" not in os.environ
