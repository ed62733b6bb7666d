// throw of a string
console.log('before');
throw 'just text';
