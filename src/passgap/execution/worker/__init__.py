"""The code that runs outside passgap's own process: the judge, and the jail in which it has programs run.

The modules here import the standard library and each other only, and the package can be loaded under any name: a worker
starts in milliseconds, and the code that is loaded inside the jail can be read in an hour. Each folder imports only
those below it:

- :mod:`judge`: the main loop; :mod:`current_job` is shared with the pool;
- ``runners``: how programs are run and judged, one module per runner;
- ``styles``: how tests of each style are read and tried;
- ``session``: the conversation with one program, and proxies of its objects;
- ``processes``: the jail from outside, its processes and their limits;
- ``inside``: the code inside the jail, ``launch`` -> ``zygote`` -> ``sample_program`` and ``object_server``;
- ``exchange``: frames and values, on both sides of the jail.
"""
