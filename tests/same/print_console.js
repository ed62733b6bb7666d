// console.table, dir, group, count, assert and trace of the program's own lines
console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]);
console.table([[1, 2], [3, 4]], ['1']);
console.table(new Map([['k', 1]]));
console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });
console.group('outer');
console.log('two\nlines');
console.group();
console.error('inner');
console.groupEnd();
console.groupEnd();
console.count(); console.count('x'); console.count(); console.countReset(); console.count();
console.assert(1 === 1, 'not shown');
console.assert(false, 'shown %d', 5);
console.timeEnd('never started');
function f() { console.trace('here'); }
f();
