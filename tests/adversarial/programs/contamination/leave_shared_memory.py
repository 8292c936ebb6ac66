def clean():
    from multiprocessing import shared_memory
    shared_memory.SharedMemory(name="leftover", create=True, size=64)
    return True
