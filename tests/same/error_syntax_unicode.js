// a SyntaxError after wide characters
console.log('never printed');
const 名前 = '値'; const 名前 = 2;
