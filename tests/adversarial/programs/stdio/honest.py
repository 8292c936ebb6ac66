# task: stdio
# expect: passed
print(sum(map(int, input().split())))
