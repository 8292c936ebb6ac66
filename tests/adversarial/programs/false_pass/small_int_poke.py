# Makes the small integer 0 equal to 5 in its own interpreter.
import ctypes
def add(a, b):
    ctypes.c_uint32.from_address(id(0) + 24).value = 5
    return 0
# expect: not-passed
