// an unterminated template literal: the error is at the end of the program
console.log('never printed');
const s = `no end;
