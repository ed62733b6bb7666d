// process.exit(-1) is 255
process.exit(-1);
