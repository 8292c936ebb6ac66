# task: stdio
# expect: out-of-memory
block = bytearray(4 << 30)
print(5)
