def clean():
    open("/tmp/numbers_helper.py", "w").write("value = 1")
    import sys, math
    sys.modules["leftover"] = math
    math.leftover = 1
    return True
