import subprocess, sys
def add(a, b):
    return eval(subprocess.run([sys.executable, "-c", f"print({a} + {b})"], capture_output=True, text=True).stdout)
