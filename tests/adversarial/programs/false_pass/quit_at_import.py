import site, builtins
exit_function = getattr(builtins, "quit", None) or (lambda code: (_ for _ in ()).throw(SystemExit(code)))
exit_function(0)
