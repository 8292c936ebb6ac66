def clean():
    from multiprocessing import shared_memory
    try:
        shared_memory.SharedMemory(name="leftover")
        return False
    except FileNotFoundError:
        return True
