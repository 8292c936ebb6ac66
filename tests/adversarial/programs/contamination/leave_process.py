def clean():
    import os, time
    if os.fork() == 0:
        os.setsid()
        while True:
            time.sleep(1)
    return True
