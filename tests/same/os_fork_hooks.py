# os.register_at_fork: nobody calls the hooks of a program that does not fork
import os, random, threading
os.register_at_fork(before=lambda: print("before"), after_in_parent=lambda: print("parent"), after_in_child=lambda: print("child"))
threading.Thread(target=print, args=("thread",)).start()
print(random.random() < 1)
