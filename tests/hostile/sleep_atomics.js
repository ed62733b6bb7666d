// expect: error=timeout
// proof: stdout
// Atomics.wait blocks the thread without using the processor.
'use strict';
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7000);
console.log('ESCAPED: older than the limit');
