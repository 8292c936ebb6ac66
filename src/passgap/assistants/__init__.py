"""passgap for assistants: tools with typed results, offered over the Model Context Protocol.

A tool reads files in the folders that the user named, and nothing else: none runs a program, loads or samples a model,
or trains one. :mod:`.tools` has the tools, :mod:`.server` offers them with the protocol's SDK.
"""
