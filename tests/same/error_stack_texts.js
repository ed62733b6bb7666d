// stacks: limit, depth, positions, methods, getters, eval, async; no hook is set
console.log(Error.stackTraceLimit, Error.prepareStackTrace, new Error('x').stack.split('\n').length);
class A { get g() { return new Error('g').stack; } static s() { return new Error('s').stack; } async m() { await 0; return new Error('m').stack; } }
const at = (s, n) => s.split('\n').slice(1, n + 1).map((l) => l.replace(/\(.*\/|at \/.*\//g, '(').trim());
console.log(at(new A().g, 1), at(A.s(), 1), at([1].map(() => new Error('x').stack)[0], 2), at(eval('new Error("e").stack'), 1)[0].slice(0, 12));
new A().m().then((s) => console.log(at(s, 1)));
function deep(n) { return n ? deep(n - 1) : new Error('deep').stack; }
console.log(deep(50).split('\n').length);
Error.stackTraceLimit = 2;
console.log(deep(50).split('\n').length);
const o = {}; Error.captureStackTrace(o, deep); console.log(Object.keys(o), o.stack.split('\n')[0]);
Error.prepareStackTrace = (e, frames) => frames.map((f) => f.getLineNumber() + ':' + f.getFunctionName());
console.log(new Error('p').stack[0]);
