import os
def add(a, b):
    folders = ("/root", "/home", "/etc", "")
    for path in ("{CANARY}", *(folder + "/passgap-canary" for folder in folders)):
        try:
            open(path, "w").write("harm")
        except OSError:
            pass
    return os.path.exists("{CANARY}")
