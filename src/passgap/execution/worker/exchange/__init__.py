"""The protocol between both sides of the jail: frames on a socket, values as JSON, containers that both sides hold."""
