scope = {}
exec("def add(a, b):\n    return a + b", scope)
add = scope["add"]
