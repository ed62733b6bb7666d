# itertools, functools, collections, heapq, bisect, operator
import bisect, collections, functools, heapq, itertools as it, operator
print(list(it.permutations("abc", 2))[:4], list(it.combinations(range(4), 3)), list(it.accumulate([1, 2, 3], operator.mul)), [list(g) for _, g in it.groupby("aabbb")])
print(list(it.islice(it.count(5, 3), 4)), list(it.zip_longest("ab", "c")), list(it.product([0, 1], repeat=2)), list(it.chain.from_iterable([[1], [2]])))
@functools.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(90), fib.cache_info(), functools.reduce(operator.add, range(5)), functools.partial(pow, 2)(10))
@functools.singledispatch
def kind(x): return "other"
@kind.register(int)
def _(x): return "int"
print(kind(1), kind("x"), functools.cmp_to_key(lambda a, b: b - a)(1) < functools.cmp_to_key(lambda a, b: b - a)(0))
print(collections.Counter("mississippi").most_common(2), collections.OrderedDict(a=1), collections.deque([1, 2, 3], maxlen=2), collections.ChainMap({"a": 1}, {"b": 2})["b"])
d = collections.defaultdict(list)
d["x"].append(1)
print(d, heapq.nsmallest(2, [5, 1, 4]), list(heapq.merge([1, 4], [2, 3])), bisect.bisect([1, 2, 2, 3], 2))
