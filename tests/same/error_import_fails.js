// import() that fails: of a missing module, of a module that throws, of one with a syntax error
const data = (s) => 'data:text/javascript,' + encodeURIComponent(s);
(async () => {
  for (const what of ['no-such-package', './missing.mjs', data('throw new TypeError("thrown")'), data('let let'), data('await Promise.reject(new Error("late"))'), 'node:nothing'])
    await import(what).then(() => console.log('?'), (e) => console.log(e.name, e.code, e.message.split(' imported from')[0].replace(/'\\/.*\\//, "'")));
  await import(data('await new Promise((_, no) => setTimeout(no, 5, new Error("uncaught")))'));
})();
