// endless recursion is a RangeError that can be caught
function f(n) { return f(n + 1) + 1; }
for (let i = 0; i < 3; i++) {
  try { f(0); } catch (e) { console.log(e.name, e.message); }
}
function depth() { try { return 1 + depth(); } catch { return 1; } }
console.log(depth() > 5000);
