# more than a little, given back, and again
class Node:
    def __init__(self, value, rest):
        self.value, self.rest = value, rest


for size in 1000, 100000, 10, 50000:
    chain = None
    for i in range(size):
        chain = Node(i, chain)
    table = {str(i): (i, [i]) for i in range(size)}
    lists = [list(range(i % 100)) for i in range(size // 10)]
    total = 0
    while chain is not None:
        total += chain.value
        chain = chain.rest
    total += sum(v[0] + v[1][0] for v in table.values()) + sum(map(sum, lists))
    print(size, total)
    del table, lists
