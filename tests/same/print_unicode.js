// text beyond ASCII, lone surrogates and zero-width characters
console.log('Grüße, 世界, привет, שלום, 😀👩‍👩‍👧, e\u0301, \u200b|, \ufeff|');
console.error('ошибка');
console.log('lone', '\ud800', '|', '\udc00x');
console.log(['😀'.length, [...'😀'].length, 'ß'.toUpperCase(), 'é'.normalize('NFD').length, 'İ'.toLowerCase().length]);
console.log(['\ud800', '\u0000', '\x1b', '\u2028'], encodeURIComponent('ü€'));
