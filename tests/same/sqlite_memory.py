# sqlite3 in memory: types, parameters, transactions, functions, errors
import sqlite3
db = sqlite3.connect(":memory:")
db.execute("create table t (id integer primary key, name text unique, data blob, x real)")
db.executemany("insert into t (name, data, x) values (?, ?, ?)", [("a", b"\0\1", 1.5), ("ü", None, -2)])
db.row_factory = sqlite3.Row
print([dict(r) for r in db.execute("select * from t order by id")])
db.create_function("twice", 1, lambda v: v * 2)
class Longest:
    def __init__(self): self.v = ""
    def step(self, v): self.v = max(self.v, v, key=len)
    def finalize(self): return self.v
db.create_aggregate("longest", 1, Longest)
print(tuple(db.execute("select twice(21), longest(name), count(*), sum(x) from t").fetchone()))
try:
    with db: db.execute("insert into t (name) values ('a')")
except sqlite3.IntegrityError as e:
    print(e)
try:
    db.execute("select nonsense")
except sqlite3.OperationalError as e:
    print(e)
print(list(db.iterdump())[1][:20], db.total_changes, db.in_transaction)
db.rollback()
print(db.execute("select count(*) from t").fetchone()[0])
