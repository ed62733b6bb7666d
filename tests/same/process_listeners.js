// nobody listens to process at the start but node itself
console.log(process.eventNames().map(String).sort(), process.eventNames().map((n) => process.listenerCount(n)));
for (const n of ['newListener', 'removeListener', 'warning', 'exit', 'beforeExit', 'uncaughtException', 'uncaughtExceptionMonitor', 'unhandledRejection', 'rejectionHandled',
  'multipleResolves', 'message', 'disconnect', 'worker', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGWINCH', 'SIGCHLD'])
  console.log(n, process.listenerCount(n));
