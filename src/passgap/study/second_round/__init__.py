"""A second round of an arm: the same recipe again, from the first round's model, on fresh problems.

It is a part of its study. Its artifacts stand in ``round-2/ARM/artifacts``, and its entries in the study's ledger,
under kinds that begin with ``round-2/ARM/``. It begins with an entry that holds the hash of the gate's answer.
"""
