// an unhandled rejection with something that is not an Error
Promise.reject({ reason: 42 });
setTimeout(() => console.log('not reached'), 1000);
