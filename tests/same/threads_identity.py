# the main thread: its identity is the process's, it is alone, its state is its own
import _thread, os, threading
m = threading.main_thread()
print(m is threading.current_thread(), m.ident == threading.get_ident() == _thread.get_ident(), m.native_id == threading.get_native_id() == os.getpid())
print(threading.enumerate() == [m], threading._active == {m.ident: m}, _thread._count(), m.daemon, m.is_alive(), repr(m).split(" started ")[0])
print(threading._shutdown_locks == set(), threading._limbo, threading.gettrace(), threading.getprofile(), threading.excepthook is threading.__excepthook__)
seen = []
t = threading.Thread(target=lambda: seen.append((threading.get_native_id() == t.native_id != os.getpid(), threading.main_thread() is m)))
t.start()
t.join()
print(seen, threading.local().__dict__, os.getpid() == os.getpid())
