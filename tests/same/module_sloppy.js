// without 'use strict' a program is sloppy: with, octal, duplicate parameters, arguments.callee
with ({ x: 5 }) console.log(x);
console.log(010, (function (a, a) { return a; })(1, 2), (function () { return typeof arguments.callee; })());
undefined = 1;
const frozen = Object.freeze({});
frozen.extra = 1;
console.log(undefined, frozen.extra);
