# bytes that are not UTF-8 leave through sys.stdout.buffer, mixed with text after a flush
import sys
sys.stdout.write("text ")
sys.stdout.flush()
sys.stdout.buffer.write(b"[\xff\xfe\x80]\n")
sys.stdout.buffer.write(bytes([0xC0, 0x20, 0xF8, 0x0A]))
sys.stdout.buffer.flush()
print("text again")
sys.stderr.buffer.write(b"err \xff\n")
