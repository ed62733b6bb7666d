"""What the README says of the program, asked of the program."""
import os
import re
import subprocess

import harness

with open(os.path.join(harness.ROOT, "README"), encoding="utf-8") as f:
    README = f.read()


def test_option_table_is_the_programs_own():
    table = subprocess.run([harness.BINARY, "--help=markdown"], check=True, capture_output=True, text=True).stdout
    assert table in README


def test_curl_lines_print_what_they_are_said_to():
    """The JSON after each `curl … /run` line, for the body in that line."""
    pairs = re.findall(r"-d '(\{.*\})'\n    (\{.*\})\n", README)
    assert len(pairs) == 3
    with harness.Server() as server:
        for body, said in pairs:
            answer = server.request("POST", "/v1/sandbox/run", body, {"X-Api-Key": server.key})
            assert answer.body.decode() == said


def test_layout_names_every_source():
    layout = README[README.index("## Layout"):]
    sources = [n for n in os.listdir(harness.ROOT) if n.endswith(".c")]
    assert sources
    for name in sources:
        assert f"`{name}`" in layout, name


def test_limits_name_options_that_exist():
    limits = README[README.index("## Limits"):README.index("## Configuration")]
    table = subprocess.run([harness.BINARY, "--help=markdown"], check=True, capture_output=True, text=True).stdout
    names = set(re.findall(r"`((?:max|worker)_[a-z_]+)`", limits))
    assert names
    for name in names:
        assert f"| `{name}` |" in table, name
