# unittest runs the program's own tests; main() exits 1 when one fails
import io, re, sys, unittest
from unittest import mock
class T(unittest.TestCase):
    def setUp(self): self.x = 1
    def test_ok(self): self.assertEqual(self.x, 1)
    def test_fail(self): self.assertEqual([1, 2], [1, 3], "lists")
    def test_error(self): raise KeyError("k")
    @unittest.skip("not now")
    def test_skip(self): pass
    def test_mock(self):
        with mock.patch("os.getcwd", return_value="mocked"):
            import os
            self.assertEqual(os.getcwd(), "mocked")
out = io.StringIO()
try:
    unittest.main(testRunner=unittest.TextTestRunner(stream=out, verbosity=2))
except SystemExit as e:
    print("exit", e.code)
print(re.sub(r"in [\d.]+s", "in N s", out.getvalue()))
