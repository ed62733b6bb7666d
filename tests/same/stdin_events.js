// process.stdin emits end and no data
const chunks = [];
process.stdin.setEncoding('utf8');
process.stdin.on('data', (c) => chunks.push(c));
process.stdin.on('end', () => console.log('end', chunks.join('').length));
