# expect: failed
# task: stdio
print("\n5\n\n5")
