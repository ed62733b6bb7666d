// an error class of the program's own prints its name, and a message of several lines
class AppError extends Error {
  constructor(m, status) { super(m); this.name = 'AppError'; this.status = status; }
}
try { throw new AppError('x', 1); } catch (e) { console.log(e instanceof AppError, String(e), e.stack.split('\n')[0]); }
throw new AppError('first line\nsecond: ü', 418);
