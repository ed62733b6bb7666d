# the shape of a Dify code node: inputs as base64 JSON, main(**inputs), the result between markers
from base64 import b64decode
import json

def main(arg1: str, items: list, n: float = 1.5) -> dict:
    print("user output comes first")
    return {"result": arg1.upper(), "total": sum(items) * n, "uni": "ü€😀"}

inputs = json.loads(b64decode("eyJhcmcxIjogImhlbGxvIHfDtnJsZCIsICJpdGVtcyI6IFsxLCAyLCAzXX0=").decode("utf-8"))
output = json.dumps(main(**inputs), indent=4)
print(f"""<<RESULT>>{output}<<RESULT>>""")
