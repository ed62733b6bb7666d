// expect: blocked
// proof: signal
// process.abort: a core file for somebody to find, an ending that looks like the sandbox's.
'use strict';
process.abort();
