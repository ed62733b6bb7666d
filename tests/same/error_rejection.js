// an unhandled rejection with an Error is printed like an uncaught one, exit 1
process.on('exit', (c) => console.log('exit', c));
async function main() {
  await null;
  throw new Error('rejected');
}
main();
console.log('sync part done');
