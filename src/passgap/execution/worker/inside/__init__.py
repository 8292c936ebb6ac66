"""The code that runs inside the jail: the zygote, a sample's process, and the server of the program's objects."""
