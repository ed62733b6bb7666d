// process.env: names, as they are and sorted; nothing but them; it is no plain object
console.log(Object.keys(process.env).sort());
console.log(process.env.HOME === process.cwd(), process.env.TMPDIR === require('os').tmpdir(), process.env.LANG, process.env.NODE_ENV, 'PATH' in process.env);
process.env.A = 1; process.env.B = undefined;
console.log(process.env.A, process.env.B, delete process.env.A, process.env.A, Object.getOwnPropertyDescriptor(process.env, 'B'));
