# The last program's text must not be in this process's memory.
def clean():
    import re
    needle = bytes(reversed(b"KRAM_YROMEM_NI_EVAEL"))
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if match:
                start, end = (int(part, 16) for part in match.groups())
                memory.seek(start)
                if needle in memory.read(end - start):
                    return False
    return True
