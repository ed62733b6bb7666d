// an uncaught error in an ES module names its line
import { sep } from 'node:path';
function f() {
  throw new RangeError('from a module ' + sep);
}
f();
