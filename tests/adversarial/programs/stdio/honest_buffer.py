# task: stdio
# expect: passed
import sys
a, b = map(int, sys.stdin.buffer.readline().split())
sys.stdout.buffer.write(b"%d\n" % (a + b))
