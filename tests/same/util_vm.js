// vm: contexts, scripts, timeouts, own file names in stacks
const vm = require('vm');
const ctx = vm.createContext({ x: 2, console });
console.log(vm.runInContext('x *= 21; var y = 1; x', ctx), ctx.y, vm.isContext(ctx), vm.runInNewContext('typeof require + typeof process'), vm.runInThisContext('typeof require'));
const s = new vm.Script('n = (typeof n === "undefined" ? 0 : n) + 1', { filename: 'mine.js' });
console.log(s.runInContext(ctx), s.runInContext(ctx), ctx.n);
try { vm.runInNewContext('for (;;);', {}, { timeout: 30 }); } catch (e) { console.log(e.code, e.message); }
try { new vm.Script('let a = ;', { filename: 'bad.vm' }); } catch (e) { console.log(e.name, e.stack.split('\n')[0]); }
try { vm.runInContext('\n  undefinedName', ctx, 'named.vm'); } catch (e) { console.log(e.stack.split('\n').slice(0, 2).join('|'), e instanceof ReferenceError); }
console.log(vm.runInNewContext('[] instanceof Array') , vm.runInNewContext('[]') instanceof Array, vm.compileFunction('return a + 1', ['a'])(1));
