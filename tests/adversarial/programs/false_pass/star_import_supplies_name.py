# The entry point must come from the program, never from a prelude.
x = 1
