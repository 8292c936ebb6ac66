import logging
logging.basicConfig(level=logging.DEBUG)
def add(a, b):
    logging.info("adding")
    return a + b
