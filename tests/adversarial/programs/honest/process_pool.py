from multiprocessing import Pool
def same(x):
    return x
def add(a, b):
    with Pool(2) as pool:
        return sum(pool.map(same, (a, b)))
