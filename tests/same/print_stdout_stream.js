// process.stdout is the end of a pipeline; the program goes on after it
const { Readable, Transform, pipeline } = require('stream');
const up = new Transform({ transform(c, e, cb) { cb(null, c.toString().toUpperCase()); } });
pipeline(Readable.from(['one\n', 'two\n']), up, process.stdout, (e) => console.error('piped', e));
