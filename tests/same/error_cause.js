// causes, aggregated errors and extra properties are printed
const e = new Error('outer', { cause: new RangeError('inner') });
e.code = 'E_OWN';
e.info = { a: 1 };
console.log(e.cause.message);
throw new AggregateError([e, 'text'], 'several');
