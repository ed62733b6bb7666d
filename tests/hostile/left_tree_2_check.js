// expect: blocked
// proof: pair
// A tree of directories, some of them closed, links between them. Looks for what the plant,
// just before it on this slot, has left (code.js is this program).
'use strict';
const left = require('fs').readdirSync('.').filter((n) => n !== 'code.js');
console.log(left.length ? `ESCAPED: the scratch directory holds ${left.length} entries` : 'held: empty');
