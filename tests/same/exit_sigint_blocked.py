import signal

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
print("on")
raise KeyboardInterrupt
