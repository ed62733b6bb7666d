// 'use strict' after a comment makes the whole program strict
'use strict';
console.log((function () { return this; })());
try { undeclared = 1; } catch (e) { console.log(e.name, e.message); }
try { Object.freeze([1]).push(2); } catch (e) { console.log(e.name); }
try { eval('with ({}) {}'); } catch (e) { console.log(e.name); }
delete Object.prototype;
