// Intl and Date with a time zone set by the program
process.env.TZ = 'America/New_York';
const d = new Date(Date.UTC(2024, 6, 4, 12, 30, 15, 123));
console.log(d.toString(), d.toISOString(), d.getTimezoneOffset(), d.getHours());
process.env.TZ = 'Asia/Kathmandu';
console.log(d.toString(), new Date(2024, 0, 1).toISOString(), d.toLocaleDateString('de-DE', { weekday: 'long', month: 'long', day: 'numeric' }));
console.log(new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long', timeZone: 'Europe/Berlin' }).format(d), new Intl.DateTimeFormat().resolvedOptions().timeZone);
console.log((1234567.891).toLocaleString('de-DE'), new Intl.NumberFormat('en-IN', { style: 'currency', currency: 'INR' }).format(123456), new Intl.PluralRules('en', { type: 'ordinal' }).select(22), ['z', 'ä', 'a'].sort(new Intl.Collator('de').compare));
console.log(new Intl.RelativeTimeFormat('fr').format(-2, 'day'), new Intl.ListFormat('es').format(['a', 'b', 'c']), [...new Intl.Segmenter('en').segment('👩‍👧é')].length, 'I'.toLocaleLowerCase('tr'));
console.log(new Date('nonsense').getTime(), Date.parse('2024-02-30'), new Date(8.64e15 + 1).valueOf(), typeof Date.now(), Math.abs(Date.now() - new Date()) < 1000);
