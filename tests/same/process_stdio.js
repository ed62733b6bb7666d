// the standard streams: classes, descriptors, what is writable, nothing in their buffers
for (const s of [process.stdout, process.stderr])
  console.log(s.constructor.name, s.fd, s.isTTY, s._type, s._isStdio, s.writable, s.writableLength, s.writableHighWaterMark, s.writableNeedDrain, s.bytesWritten === 0 || s.fd === 1, s.eventNames().map(String).sort());
console.log(process.stdin.fd, process.stdin.isTTY, process.stdin.readableFlowing, process.stdin.readableLength);
console.log(console._stdout === process.stdout, console._stderr === process.stderr, process.stdout !== process.stderr);
