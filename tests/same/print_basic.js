// console.log of every plain kind, format specifiers, and the methods that go to stderr
console.log();
console.log('a', 1, -0, 1.5, 1e21, NaN, null, undefined, true, 10n, Symbol('s'));
console.log([1, 'two', [3, [4, [5, [6]]]]], { a: { b: { c: { d: 1 } } }, 'odd key': [], f() {}, g: () => 1, [Symbol('k')]: 1 });
console.log('%s is %d years, %i, %f, %j, %o, %O, %c styled %%', 'Al', 42.5, 42.9, '1.5', { x: 1 }, [1], { y: { z: {} } }, 'color: red');
console.log(new Map([['k', { v: 1 }]]), new Set([1, 'a']), new Date(0), /re/gi, new Error('e').message, class A {}, function named() {}, new (class B { x = 1 })());
console.log([, 1, , 2], new Array(3), 'x'.repeat(10), ['quote \' and "', `tick \` '"`], [undefined, null], Object.create(null), new Uint8Array(3), Buffer.from('hi'));
console.error('error', { to: 'stderr' });
console.warn('warn');
console.info('info');
console.debug('debug');
