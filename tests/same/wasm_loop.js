// a wasm loop with imports and a trap: hot code is compiled again by the optimizer
const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0,
  1, 10, 2, 96, 1, 127, 1, 127, 96, 1, 127, 0, // (i32)->i32, (i32)->()
  2, 9, 1, 1, 101, 3, 108, 111, 103, 0, 1, // import "e" "log"
  3, 2, 1, 0, 7, 7, 1, 3, 115, 117, 109, 0, 1, // export "sum"
  10, 38, 1, 36, 1, 1, 127, // one i32 local
  32, 0, 69, 4, 64, 0, 11, // if n == 0 unreachable
  3, 64, 32, 1, 32, 0, 106, 33, 1, 32, 0, 65, 1, 107, 34, 0, 13, 0, 11, // sum += n; while (--n)
  32, 1, 16, 0, 32, 1, 11]); // log(sum); sum
const { sum } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { log: (x) => console.log('log', x) } }).exports;
console.log(sum(10), sum(3000000));
try { sum(0); } catch (e) { console.log(e.name, e.message); }
