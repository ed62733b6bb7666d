// a syntax error deep in the program shows its line; nothing runs
console.log('never');
const f = (a) => { return a + `${a +}`; };
