// a program can read its own source by __filename
const text = require('fs').readFileSync(__filename, 'utf8');
console.log(text.split('\n')[0], text.length, require('path').extname(__filename));
