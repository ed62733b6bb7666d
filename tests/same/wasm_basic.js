// WebAssembly: a hand-assembled module is validated, compiled and run, synchronously and not
const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, // magic, version
  1, 7, 1, 96, 2, 127, 127, 1, 127, // type (i32, i32) -> i32
  3, 2, 1, 0, // one function
  7, 7, 1, 3, 97, 100, 100, 0, 0, // export "add"
  10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]); // local.get 0, local.get 1, i32.add
console.log(WebAssembly.validate(bytes), WebAssembly.validate(bytes.slice(0, 20)));
const m = new WebAssembly.Module(bytes);
console.log(WebAssembly.Module.exports(m), new WebAssembly.Instance(m).exports.add(2147483647, 1));
WebAssembly.instantiate(bytes)
  .then(({ instance }) => { console.log('async', instance.exports.add(20, 22)); return WebAssembly.compile(bytes.slice(0, 20)); })
  .catch((e) => console.log(e.name));
const mem = new WebAssembly.Memory({ initial: 1, maximum: 3 });
console.log(mem.buffer.byteLength, mem.grow(1), mem.buffer.byteLength);
try { mem.grow(5); } catch (e) { console.log(e.name); }
