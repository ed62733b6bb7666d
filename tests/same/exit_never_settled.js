// a promise that never settles does not keep a CommonJS program alive; code 0
(async () => {
  console.log('waiting');
  await new Promise(() => {});
  console.log('not reached');
})();
process.on('exit', (c) => console.log('exit', c));
