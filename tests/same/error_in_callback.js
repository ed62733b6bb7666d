// an uncaught error in a callback of fs
require('fs').readdir('.', (e, names) => { console.log(names); throw new SyntaxError('in a callback'); });
