// a failed assertion prints its diff; assert.throws and strict equality
const assert = require('assert');
assert.ok(true);
assert.deepStrictEqual({ a: [1, 2] }, { a: [1, 2] });
assert.throws(() => { throw new TypeError('t'); }, { name: 'TypeError' });
try { assert.strictEqual(1, 2); } catch (e) { console.log(e.code, e.message); }
try { assert(0, 'zero is falsy'); } catch (e) { console.log(e.message, e.actual, e.expected, e.operator); }
assert.deepStrictEqual({ a: 1, b: [1, 2, 3] }, { a: 1, b: [1, 2, 4] });
