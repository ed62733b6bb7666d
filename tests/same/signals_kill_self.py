# a handler for SIGTERM is called by os.kill and signal.raise_signal; sigwait, masks and defaults
import os, signal, time
got = []
signal.signal(signal.SIGTERM, lambda n, f: got.append(signal.Signals(n).name))
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(0.01)
signal.raise_signal(signal.SIGTERM)
os.kill(os.getpid(), 0)
print(got)
print([signal.getsignal(s) for s in (signal.SIGPIPE, signal.SIGALRM, signal.SIGUSR1, signal.SIGCHLD)])
print(signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1}))
os.kill(os.getpid(), signal.SIGUSR1)
print(signal.sigpending(), signal.sigwait({signal.SIGUSR1}).name)
print(signal.strsignal(signal.SIGSEGV), signal.SIGRTMIN > 30, len(signal.valid_signals()) > 30)
