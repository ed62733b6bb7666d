# jinja2: environments, loaders, macros, inheritance, sandboxing, errors with line numbers
import jinja2, jinja2.sandbox
env = jinja2.Environment(autoescape=True, trim_blocks=True, loader=jinja2.DictLoader({
    "base": "<{% block b %}base{% endblock %}>", "child": "{% extends 'base' %}{% block b %}child {{ super() }}{% endblock %}",
    "m": "{% macro f(x, y=2) %}[{{ x }},{{ y }}]{% endmacro %}{{ f(1) }}{{ f('<') }}"}))
print(env.get_template("child").render(), env.get_template("m").render())
for bad, ctx in (("{{ a", {}), ("x\n{% for %}", {}), ("{{ a.b.c }}", {}), ("{{ 1 / n }}", {"n": 0})):
    try:
        print(jinja2.Template(bad).render(**ctx))
    except jinja2.TemplateSyntaxError as e:
        print("syntax", e.lineno, e.message)
    except Exception as e:
        print(type(e).__name__, e)
try:
    jinja2.sandbox.SandboxedEnvironment().from_string("{{ ''.__class__.__mro__ }}").render()
except jinja2.exceptions.SecurityError as e:
    print("SecurityError")
