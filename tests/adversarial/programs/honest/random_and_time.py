import random, time
random.seed(1)
def add(a, b):
    time.sleep(0.001)
    return a + b + random.randint(0, 0)
