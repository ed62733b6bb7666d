// an http server and client joined by a pair of streams in memory: no socket is opened
const http = require('http'), { Duplex } = require('stream');
function pair() {
  let a, b;
  const make = (other) => new Duplex({ read() {}, write(c, e, cb) { other().push(c); cb(); }, final(cb) { other().push(null); cb(); } });
  a = make(() => b); b = make(() => a);
  return [a, b];
}
const server = http.createServer((req, res) => {
  let body = '';
  req.on('data', (c) => { body += c; }).on('end', () => { res.setHeader('X-Y', 'z'); res.statusCode = 201; res.end(JSON.stringify({ m: req.method, u: req.url, body })); });
});
const [client, side] = pair();
server.emit('connection', side);
const req = http.request({ method: 'POST', path: '/p?q=1', host: 'host.test', createConnection: () => client }, (res) => {
  let s = '';
  res.on('data', (c) => { s += c; }).on('end', () => { console.log(res.statusCode, res.headers['x-y'], s, http.STATUS_CODES[404]); process.exit(0); });
});
req.end('größe');
