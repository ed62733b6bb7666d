// process: argv, execArgv, versions, features and counts of listeners as when node is started plainly
console.log(process.argv.length, require('path').basename(process.argv[1]), process.execArgv, process.argv0.split('/').pop(), require('path').basename(process.execPath));
console.log(process.platform, process.arch === require('os').arch(), process.version === 'v' + process.versions.node, process.release.name, typeof process.pid, process.exitCode);
console.log(process.listenerCount('exit'), process.listenerCount('uncaughtException'), process.listenerCount('SIGTERM'), process.listenerCount('unhandledRejection'), process.listenerCount('beforeExit'));
console.log(process.env.NODE_OPTIONS, process.env.LD_PRELOAD, process.env.LANG, typeof process.send, process.connected, process.allowedNodeEnvironmentFlags.size > 50);
console.log(process.getuid() === process.geteuid(), process.umask(0o22) >= 0, process.umask(), typeof process.ppid, process.config.variables.napi_build_version > '0');
console.log(process.uptime() > 0, process.hrtime().length, typeof process.hrtime.bigint(), process.cpuUsage().user >= 0, process.resourceUsage().maxRSS > 0, process.title.length > 0);
