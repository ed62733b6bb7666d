// an error after an await in a chain of async functions ends the program, with the chain in the stack
async function one() { await null; throw new Error('deep'); }
async function two() { await one(); }
async function three() { try { await two(); } finally { console.log('finally'); } }
three();
setTimeout(() => console.log('never'), 50);
