// process.stdout.write takes an encoding and calls back; end and drain behave as on a pipe
const ok = process.stdout.write('6869', 'hex', (e) => console.log('\nwritten', e === null || e === undefined));
console.log(typeof ok, process.stdout.fd, process.stderr.fd, process.stdout.isTTY, process.stdout.columns, process.stdout.writable, process.stdout.writableHighWaterMark);
console.log(process.stdout.hasColors?.(), process.stdout === console._stdout, process.stdout.constructor.name);
