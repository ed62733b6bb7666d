// expect: blocked
// proof: signal
// V8's own intrinsics, switched on at run time, can end the process at once: no core file,
// no harm to the server.
'use strict';
require('v8').setFlagsFromString('--allow-natives-syntax');
new Function('%SystemBreak()')();
