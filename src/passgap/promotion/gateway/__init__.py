"""The gateway: an ASGI application between clients and model servers, and the process that runs it."""
