# the collector: on, thresholds, no callback, no debugging, nothing in garbage; the youngest objects are counted
import gc
print(gc.isenabled(), gc.get_threshold(), gc.callbacks, gc.get_debug(), gc.garbage, gc.get_count()[0] >= 0, len(gc.get_stats()))
class C: pass
me = C()
me.c = C()
print(gc.is_tracked(me), sum(type(o) is C for o in gc.get_objects()), gc.get_referrers(me.c) == [me.__dict__] or gc.get_referrers(me.c) == [me])
print(gc.is_finalized(me), gc.collect() >= 0, gc.garbage)
