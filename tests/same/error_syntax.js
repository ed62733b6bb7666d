// a SyntaxError anywhere stops the whole program: nothing runs
console.log('never printed');
let x = ;
console.log(x);
