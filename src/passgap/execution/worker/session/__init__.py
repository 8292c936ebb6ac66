"""The judge's side of the conversation with one program: questions, answers, proxies of the program's objects."""
