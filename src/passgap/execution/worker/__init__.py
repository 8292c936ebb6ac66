"""The code that runs outside passgap's own process: the judge, and the jail that it asks.

The modules here import the standard library and each other only, and the package can be loaded under any name: a worker
starts in milliseconds, and what is loaded inside the jail can be read in an hour.

- outside the jail: :mod:`judge` (the main loop), ``jail``, ``memory``, ``session``, ``ending``, ``lending``, ``remote``
  and ``styles``; ``beacon`` is shared with the pool;
- inside: ``launch`` -> ``zygote`` -> ``program`` and ``service``, with ``tree``, ``confine``, ``seccomp`` and
  ``landlock``;
- on both sides: ``wire`` and ``values``.
"""
