// await in a plain function is a SyntaxError with node's own hint
function f() {
  await 1;
}
