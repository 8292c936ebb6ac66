import unittest
def add(a, b):
    return a + b
class AddTest(unittest.TestCase):
    def test_add(self):
        self.assertEqual(add(1, 2), 3)
