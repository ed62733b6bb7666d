// process.exit does not run finally blocks
try {
  process.exit(4);
} finally {
  console.log('not reached');
}
