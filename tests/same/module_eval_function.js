// eval, new Function and their errors
var g = 'module scope';
console.log(eval('g'), (0, eval)('typeof g'), new Function('a', 'b', 'return a + b')(1, 2), eval('let q = 1; q + 1'));
try { eval('1 +'); } catch (e) { console.log(e.name, e.message); }
try { new Function('return ]'); } catch (e) { console.log(e.name, e.message); }
console.log(typeof q, new Function('return typeof require')(), (function f() {}).toString(), eval.toString());
