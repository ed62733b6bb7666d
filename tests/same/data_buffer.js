// Buffer: encodings, numbers, search, slices, comparison, limits, base64url, btoa
const b = Buffer.from('größe €', 'utf8');
for (const e of ['hex', 'base64', 'base64url', 'latin1', 'ascii', 'utf16le', 'binary']) console.log(e, JSON.stringify(b.toString(e)));
console.log(b.length, Buffer.byteLength('€'), b.indexOf('ß'), b.includes('xx'), Buffer.concat([b, Buffer.from([1])]).length, b.subarray(0, 2), Buffer.compare(Buffer.from('a'), Buffer.from('b')));
const n = Buffer.alloc(16);
n.writeUInt32BE(0xdeadbeef, 0); n.writeDoubleLE(-1.5, 4); n.writeBigInt64LE === undefined || n.writeInt16LE(-2, 12);
console.log(n, n.readUInt32LE(0), n.readDoubleLE(4), n.swap16().readInt16BE(12), n.equals(Buffer.from(n)));
console.log(b.toJSON().data.length, [...Buffer.from('hi').entries()], Buffer.from('zz', 'hex').length, Buffer.from('aGk', 'base64').toString(), btoa('hi'), atob('aGk='), Buffer.from('\ud800').toString('hex'));
try { n.readUInt32LE(14); } catch (e) { console.log(e.code, e.message); }
console.log(require('util').inspect(Buffer.alloc(60)).length, Buffer.isBuffer(b), Buffer.poolSize, new Blob(['ab', b]).size, Buffer.from([256, -1, 1.9]), require('buffer').transcode(Buffer.from('€'), 'utf8', 'latin1'));
