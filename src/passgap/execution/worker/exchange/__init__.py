"""What both sides of the jail speak: frames on a socket, values as JSON, containers that both sides hold."""
