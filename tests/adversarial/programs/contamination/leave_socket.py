def clean():
    import os, socket
    server = socket.socket(socket.AF_UNIX)
    server.bind("\0leftover")
    server.listen()
    if os.fork() == 0:
        import time
        time.sleep(60)
    return True
