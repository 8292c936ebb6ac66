def clean():
    import os
    return [name for name in os.listdir("/proc") if name.isdigit()] in (["1"], [])
