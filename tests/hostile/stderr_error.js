// expect: error="output limit exceeded"
// proof: stdout
// An error is logged whose message is over the limit.
'use strict';
console.error(new Error('y'.repeat(20 << 20)));
process.stderr.write('.', () => console.log('ESCAPED: 20 MiB went out'));
