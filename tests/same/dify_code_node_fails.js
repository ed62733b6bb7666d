// a code node whose main throws: the stack names the line in main, exit 1
function main({ url }) {
  return { host: url.split('/')[2].toLowerCase() };
}
var inputs = JSON.parse(Buffer.from('eyJ1cmwiOiAibm8tc2xhc2hlcyJ9', 'base64').toString('utf-8'));
console.log(`<<RESULT>>${JSON.stringify(main(inputs))}<<RESULT>>`);
