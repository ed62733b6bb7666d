# expect: blocked
# proof: signal
# abort(3), with a core file asked for.
import os
import resource

soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
os.abort()
