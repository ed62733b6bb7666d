// expect: blocked
// proof: signal
// End by the signal with which a filter kills.
'use strict';
process.kill(process.pid, 'SIGSYS');
setTimeout(() => {}, 500);
