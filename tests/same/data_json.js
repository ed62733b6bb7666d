// JSON: revivers, replacers, indentation, errors, odd values
console.log(JSON.stringify({ a: [undefined, () => 1, NaN, -0, new Date(0)], u: undefined, s: '\u2028\ud800"', m: new Map(), n: null }, null, 1));
console.log(JSON.stringify({ b: 1, a: { toJSON: (k) => 'key ' + k } }, ['a']), JSON.parse('[1e3, "\\u00fc", {"a": null}]', (k, v) => (typeof v === 'number' ? v + 1 : v)));
for (const bad of ['{"a": }', '', '[1,]', "{'a': 1}", '{"a": 1} x']) try { JSON.parse(bad); } catch (e) { console.log(e.name, e.message); }
const c = { name: 'c' }; c.self = c;
try { JSON.stringify(c); } catch (e) { console.log(e.message); }
try { JSON.stringify(1n); } catch (e) { console.log(e.message); }
console.log(c, Number.MAX_SAFE_INTEGER + 2, 0.1 + 0.2, (25).toString(36), (1234.5678).toFixed(2), 1e21 + '', parseInt('0x1f'), Number(''), [10, 9, 1].sort());
