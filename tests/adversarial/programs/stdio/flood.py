# task: stdio
# expect: failed
while True:
    print("5" * 10000)
