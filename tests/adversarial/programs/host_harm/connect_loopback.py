import socket
def add(a, b):
    try:
        socket.create_connection(("127.0.0.1", {PORT}), 1).sendall(b"harm")
        return a + b
    except OSError:
        return None
