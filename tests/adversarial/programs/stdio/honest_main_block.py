# task: stdio
# expect: passed
import sys
def main():
    data = sys.stdin.read().split()
    print(int(data[0]) + int(data[1]))
if __name__ == "__main__":
    main()
    sys.exit(0)
