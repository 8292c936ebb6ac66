import threading
def add(a, b):
    result = []
    threads = [threading.Thread(target=result.append, args=(x,)) for x in (a, b)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return sum(result)
