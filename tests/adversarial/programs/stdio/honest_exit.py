# expect: passed
# task: stdio
print(sum(map(int, input().split())))
exit()
