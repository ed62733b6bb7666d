# a code node whose main raises: the traceback names the line in main, exit 1
from base64 import b64decode
import json

def main(url: str) -> dict:
    parts = url.split("/")
    return {"host": parts[2]}

inputs = json.loads(b64decode("eyJ1cmwiOiAibm8tc2xhc2hlcyJ9").decode("utf-8"))
output = json.dumps(main(**inputs), indent=4)
print(f"<<RESULT>>{output}<<RESULT>>")
