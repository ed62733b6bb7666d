// one write of 1 MB, and process.exit in its callback: nothing is lost
process.stdout.write('y'.repeat(1 << 20) + '\n', () => process.exit(0));
