// a last line without a newline is kept as it is
process.stdout.write('first\n');
process.stdout.write('last, no newline');
process.stderr.write('err, no newline');
