// require of a missing module: MODULE_NOT_FOUND with the program in the require stack; uncaught it is fatal
try { require('surely-not-installed'); } catch (e) { console.log(e.code, e.message, e.requireStack.length); }
try { require('./nowhere.js'); } catch (e) { console.log(e.code); }
try { require('node:nonsense'); } catch (e) { console.log(e.code); }
try { require(''); } catch (e) { console.log(e.code); }
try { require.resolve('nope'); } catch (e) { console.log(e.code); }
require('express-is-not-here');
