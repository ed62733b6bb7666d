// a top-level await that never settles ends the program with code 13
import 'node:fs';
console.log('before');
await new Promise(() => {});
