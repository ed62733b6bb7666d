// var, function and undeclared names: only the undeclared one becomes global
var v = 1;
function fn() {}
leaked = 2;
console.log('v' in globalThis, 'fn' in globalThis, globalThis.leaked, delete globalThis.leaked, typeof leaked);
console.log((function () { return this === globalThis; })(), (() => this === module.exports)(), typeof undeclared);
