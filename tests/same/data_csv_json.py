# csv and json: dialects, DictReader, nested data, hooks, errors with positions
import csv, io, json, sys
rows = [["a", 'quote " inside', "two\nlines"], [1, None, 2.5]]
b = io.StringIO()
csv.writer(b).writerows(rows)
print(repr(b.getvalue()), list(csv.reader(io.StringIO(b.getvalue()))))
print([dict(r) for r in csv.DictReader(["x;y", "1;2"], delimiter=";")], csv.Sniffer().sniff("a|b\n1|2\n").delimiter)
w = csv.DictWriter(sys.stdout, ["n", "m"], lineterminator="\n")
w.writeheader()
w.writerow({"n": "ü", "m": 1})
d = {"ü": [1, 2.0, None, True, {"x": "\u2028\""}], "n": float("inf")}
print(json.dumps(d), json.dumps(d, ensure_ascii=False, indent=1, sort_keys=True))
print(json.loads('{"a": 1e3, "b": "\\ud83d\\ude00"}', parse_float=str), json.loads("[1]", object_hook=dict))
for bad in ('{"a": }', "", "[1, 2", "{'a': 1}"):
    try:
        json.loads(bad)
    except json.JSONDecodeError as e:
        print(e)
json.dumps({1, 2})
