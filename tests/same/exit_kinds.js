// process.exitCode: what is taken of odd values
process.on('exit', (c) => console.log(typeof c, c));
try { process.exitCode = '13'; } catch (e) { console.log(e.code); }
console.log(process.exitCode);
