// process: its own names, and what they hold at the start
console.log(Object.getOwnPropertyNames(process).sort().join(' '));
console.log(Object.keys(process.versions).sort().join(' '), Object.keys(process.release), JSON.stringify(process.features));
console.log(process.exitCode, process.execArgv, process.argv.length, process.debugPort, process.allowedNodeEnvironmentFlags.size, process.noDeprecation, process.throwDeprecation, process.traceDeprecation);
console.log(process.cwd() === __dirname, process.umask().toString(8), process.getgroups().length <= 1, process.connected, process.channel, process.domain);
console.log(process.report && process.report.reportOnFatalError, process.getMaxListeners(), process.hasUncaughtExceptionCaptureCallback(), process.sourceMapsEnabled, process._exiting);
console.log(process.argv0, process.title, process.execPath);
