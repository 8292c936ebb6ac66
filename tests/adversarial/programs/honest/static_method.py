class Tools:
    @staticmethod
    def add(a, b): return a + b
add = Tools.add
