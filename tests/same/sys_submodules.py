# a package has only the submodules that were imported
import collections, concurrent, email, http, importlib, json, logging, os, urllib, xml
for m, names in ((collections, "abc"), (concurrent, "futures"), (email, "message mime parser"), (http, "client cookies server"),
                 (importlib, "abc util resources metadata machinery"), (json, "tool decoder"), (logging, "config handlers"),
                 (urllib, "parse request error"), (xml, "etree dom sax parsers")):
    print(m.__name__, [n for n in names.split() if hasattr(m, n)])
