def clean():
    import socket
    client = socket.socket(socket.AF_UNIX)
    try:
        client.connect("\0leftover")
        return False
    except OSError:
        return True
