// one megabyte on stdout arrives whole, in many writes
for (let i = 0; i < 16384; i++) console.log(String(i).padStart(6, '0') + ' ' + 'x'.repeat(56));
