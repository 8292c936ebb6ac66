# The last program's text must not be in this process's memory. The pattern does not match its own text.
def clean():
    import re

    mark = re.compile(rb"LEAVE_IN_MEMORY[_]MARK")
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if match:
                start, end = (int(part, 16) for part in match.groups())
                memory.seek(start)
                if mark.search(memory.read(end - start)):
                    return False
    return True
