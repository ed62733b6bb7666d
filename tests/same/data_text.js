// TextEncoder and TextDecoder, string_decoder, querystring, URL
const { StringDecoder } = require('string_decoder'), qs = require('querystring');
console.log(new TextEncoder().encode('€'), new TextDecoder('utf-16le').decode(new Uint8Array([0xac, 0x20])), new TextDecoder('latin1').decode(new Uint8Array([0xe4])), new TextDecoder('shift_jis').decode(new Uint8Array([0x93, 0xfa])));
try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])); } catch (e) { console.log(e.code, e.name); }
const d = new StringDecoder('utf8');
console.log(d.write(Buffer.from([0xe2, 0x82])), d.write(Buffer.from([0xac])), d.end(Buffer.from([0xe2])));
console.log({ ...qs.parse('a=1&a=2&b=%C3%BC+x&c') }, qs.stringify({ a: [1, 2], b: 'ü x' }), qs.escape('ü&'));
const u = new URL('../p?q=1&q=ü#f', 'https://us:pw@münchen.test:8443/a/b/');
console.log(u.href, u.host, u.searchParams.getAll('q'), [...new URLSearchParams({ x: '1 2' })], new URL('file:///a%20b').pathname, require('url').parse('http://h.test:80/p?x=1').port, URL.canParse?.('nope'));
console.log(require('url').fileURLToPath('file:///a%20b'), require('url').domainToASCII('ü.test'), u);
