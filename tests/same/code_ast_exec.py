# ast, tokenize, symtable and code objects of text the program holds
import ast, io, symtable, tokenize
t = ast.parse("def f(x):\n    return x + 1\n")
print(ast.dump(t.body[0].body[0]), ast.literal_eval("{'a': [1, None]}"), isinstance(t, ast.Module))
class Swap(ast.NodeTransformer):
    def visit_Add(self, n): return ast.Mult()
ns = {}
exec(compile(ast.fix_missing_locations(Swap().visit(t)), "<ast>", "exec"), ns)
print(ns["f"](1), sorted(k for k in ns if k != "__builtins__"))
print([k.string for k in tokenize.generate_tokens(io.StringIO("a = 'x' # c\n").readline)], symtable.symtable("x = 1", "f", "exec").get_identifiers())
