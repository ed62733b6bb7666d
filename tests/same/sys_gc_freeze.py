# no object is frozen
import gc
print(gc.get_freeze_count())
