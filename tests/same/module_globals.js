// the names on globalThis are node's own and nothing of the sandbox
console.log(Object.getOwnPropertyNames(globalThis).sort().join(' '));
console.log(Object.keys(globalThis).sort().join(' '));
console.log(Object.getOwnPropertySymbols(globalThis).map(String), globalThis === global, typeof window, typeof self);
