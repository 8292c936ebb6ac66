# task: stdio
# expect: failed
print(sum(map(int, input().split())))
raise ValueError
