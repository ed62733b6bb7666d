# without sys.excepthook the traceback is shown all the same
import sys
del sys.excepthook
1 / 0
