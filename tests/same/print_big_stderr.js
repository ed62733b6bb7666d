// 300 KB on stderr arrive whole, with stdout beside them
for (let i = 0; i < 5000; i++) {
  process.stderr.write(String(i).padStart(5, '0') + ' ' + 'e'.repeat(53) + '\n');
  if (i % 500 === 0) console.log(i);
}
