# sqlite3 in a file: WAL, two connections, locked database, backup, reopened
import os, sqlite3
a = sqlite3.connect("x.db")
print(a.execute("pragma journal_mode=wal").fetchone())
a.execute("create table t (v)")
a.executemany("insert into t values (?)", [(i,) for i in range(1000)])
a.commit()
b = sqlite3.connect("x.db", timeout=0.05)
print(b.execute("select sum(v) from t").fetchone(), sorted(os.listdir(".")))
a.execute("begin immediate")
try:
    b.execute("insert into t values (1)")
except sqlite3.OperationalError as e:
    print(e)
a.rollback()
m = sqlite3.connect(":memory:")
b.backup(m)
print(m.execute("select count(*) from t").fetchone())
b.close()
a.execute("vacuum")
print(a.execute("pragma journal_mode=delete").fetchone(), a.execute("pragma integrity_check").fetchone())
a.close()
print(os.listdir("."), os.path.getsize("x.db") > 4096)
