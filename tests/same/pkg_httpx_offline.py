# httpx without a network: MockTransport, sync and async, timeouts and urls
import asyncio, httpx
def handler(request):
    if request.url.path == "/slow": raise httpx.ReadTimeout("slow", request=request)
    return httpx.Response(200, json={"path": request.url.path, "q": dict(request.url.params)}, headers={"x-y": "z"})
with httpx.Client(transport=httpx.MockTransport(handler), base_url="http://host.test") as c:
    r = c.get("/a", params={"q": "ü"})
    print(r.status_code, r.json(), r.headers["X-Y"], str(r.url))
    try:
        c.get("/slow")
    except httpx.TimeoutException as e:
        print(type(e).__name__, e)
async def main():
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as c:
        rs = await asyncio.gather(*(c.get("http://host.test/%d" % i) for i in range(3)))
        print([r.json()["path"] for r in rs])
asyncio.run(main())
