# xml.etree, minidom, sax, html escaping and HTMLParser
import html, html.parser, io, xml.dom.minidom, xml.etree.ElementTree as E, xml.sax
r = E.fromstring("<r a='1'><x>t&amp;ü</x><x n='2'/>tail</r>")
print(r.tag, r.attrib, [x.text for x in r.findall("x")], r.find("x[@n]").tail, E.tostring(r))
print(xml.dom.minidom.parseString("<a><b/></a>").toprettyxml(indent=" "))
class H(xml.sax.ContentHandler):
    def startElement(self, n, a): print("start", n, dict(a))
xml.sax.parseString(b"<a k='v'><b/></a>", H())
print(html.escape("<a href=\"x\">&'"), html.unescape("&lt;&eacute;&#128512;"))
class P(html.parser.HTMLParser):
    def handle_starttag(self, t, a): print("tag", t, a)
    def handle_data(self, d): print("data", repr(d))
P().feed("<p class=x>Hi <b>there</b><br>")
try:
    E.fromstring("<a><b></a>")
except E.ParseError as e:
    print(e)
