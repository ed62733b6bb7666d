// NUL, control characters and bytes that are not UTF-8 pass through both streams
process.stdout.write('a\0b\x01\x1b[31mred\x1b[0m\r\n');
process.stdout.write(Buffer.from([0x5b, 0xff, 0xfe, 0x80, 0x5d, 0x0a]));
process.stderr.write(Buffer.from([0x65, 0xff, 0x20, 0x00, 0x0a]));
