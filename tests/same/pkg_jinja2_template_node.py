# the shape of a Dify template node: jinja2 renders base64 JSON inputs
import jinja2, json
from base64 import b64decode
def main(**inputs):
    template = jinja2.Template("Hello {{ name }}!\n{% for x in xs -%}\n* {{ loop.index }} {{ x|upper }}\n{% endfor %}{{ html|e }} {{ missing }}|")
    return template.render(**inputs)
inputs = json.loads(b64decode("eyJuYW1lIjogIlfDtnJsZCIsICJ4cyI6IFsiYSIsICJiIl0sICJodG1sIjogIjxiPiYifQ==").decode("utf-8"))
print(f"<<RESULT>>{main(**inputs)}<<RESULT>>")
