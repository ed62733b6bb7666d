// an uncaught Error: source line, caret, the program's own frames, exit 1
function outer(x) {
  return inner(x);
}
function inner(x) {
  throw new TypeError('bad ' + x);
}
console.log('before');
outer('thing');
