// the stack names the program's own frames with line and column, and nothing foreign is above the top
function a() { return b(); }
const b = () => new Error('x').stack;
class C { m() { return a(); } static s() { return new C().m(); } }
const lines = C.s().split('\n').filter((l) => l.includes(__filename));
console.log(lines.map((l) => l.trim().replace(__filename, 'F')).join('\n'));
async function d() { await null; return new Error('y').stack; }
async function e() { return await d(); }
e().then((s) => console.log(s.split('\n').filter((l) => l.includes(__filename)).map((l) => l.trim().replace(__filename, 'F')).join('\n')));
console.log(Error.stackTraceLimit, typeof Error.captureStackTrace, Error.prepareStackTrace);
const custom = () => { Error.prepareStackTrace = (err, sites) => sites.filter((s) => s.getFileName() === __filename).map((s) => [s.getFunctionName(), s.getLineNumber(), s.getColumnNumber()]);
console.log(new Error('z').stack); };
setTimeout(custom, 10);
