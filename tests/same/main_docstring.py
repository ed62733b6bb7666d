# a string first in the module is __doc__
"""The module's own text."""
print(__doc__)
