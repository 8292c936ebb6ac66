# task: stdio
# expect: failed
import sys
sys.exit(0)
