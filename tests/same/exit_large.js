// exit codes keep their low byte
process.exit(300);
