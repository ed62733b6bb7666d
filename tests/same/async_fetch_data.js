// fetch of data: URLs, Response, Headers, FormData and Blob need no network
(async () => {
  const r = await fetch('data:application/json;base64,eyJhIjogMX0=');
  console.log(r.status, r.ok, r.headers.get('content-type'), await r.json());
  console.log(await (await fetch('data:text/plain,h%C3%BC')).text());
  const res = new Response('body', { status: 418, headers: { A: 'b' } });
  console.log(res.status, await res.clone().text(), [...res.headers], new Request('http://x.test/', { method: 'post' }).method);
  const f = new FormData();
  f.append('k', 'v'); f.append('file', new Blob(['abc']), 'n.txt');
  console.log([...f.keys()], f.get('file').size, await new Blob(['a', 'b']).text(), new Headers({ 'X-A': '1' }).has('x-a'));
  await fetch('nonsense:').catch((e) => console.log(e.name, e.message));
  await fetch('/relative').catch((e) => console.log(e.name, e.cause?.code));
})();
