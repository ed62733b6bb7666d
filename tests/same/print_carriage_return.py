# CR and CRLF in the output are not translated
import sys
print("one\r\ntwo\rthree\n\rfour")
sys.stderr.write("x\r\n")
