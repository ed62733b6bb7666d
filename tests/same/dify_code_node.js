// the shape of a Dify code node: inputs as base64 JSON, main(inputs), the result between markers
function main({ name, items }) {
  console.log('user output comes first');
  return { result: name.toUpperCase(), total: items.reduce((a, b) => a + b, 0), uni: 'ü€😀' };
}
var inputs = JSON.parse(Buffer.from('eyJuYW1lIjogIndcdTAwZjZybGQiLCAiaXRlbXMiOiBbMSwgMiwgM119', 'base64').toString('utf-8'));
var output = JSON.stringify(main(inputs));
console.log(`<<RESULT>>${output}<<RESULT>>`);
