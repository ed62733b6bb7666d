// process.exit in a callback of the thread pool, while others are at work
const crypto = require('crypto');
process.on('exit', (c) => console.log('exit', c));
for (let i = 0; i < 8; i++) crypto.pbkdf2('p', 's', 200000, 32, 'sha512', () => {});
require('fs').stat('.', () => process.exit(10));
