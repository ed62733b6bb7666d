# What `python3 -c` is given to install Python packages: run pip in this very
# process, for the jail lets it start no other. Descriptor 3 has the parameters,
# one `key value` per line; see deps.c. The working directory has
#
#   python-requirements.txt  what to install
#   local/  wheels and source archives that are used before the index
#   cache/  kept from one install to the next
#   new/    empty; as PYTHONUSERBASE it makes runs find the packages.
#           new/list, which is written last, names them
#
# Only pip's own return value 0 is a success, never an exit on the way.
import contextlib, io, logging, os, re, sys

sys.path[:] = [entry for entry in sys.path if entry]    # a module beside python-requirements.txt is none of ours
with open(3) as f:
    given = dict(line.rstrip("\n").partition(" ")[::2] for line in f)
work = os.getcwd()
os.environ["PYTHONUSERBASE"] = os.path.join(work, "new")
offline, index = given.get("offline") == "yes", given.get("index")

import site
site.USER_BASE = site.USER_SITE = None                  # what it found at start
target = site.getusersitepackages()
os.makedirs(target, exist_ok=True)

# As variables: a pip that does not know one ignores it.
for name, value in {
    "DISABLE_PIP_VERSION_CHECK": "1", "NO_PYTHON_VERSION_WARNING": "1", "ROOT_USER_ACTION": "ignore",
    "NO_INPUT": "1", "NO_COLOR": "1", "PROGRESS_BAR": "off", "KEYRING_PROVIDER": "disabled", "RETRIES": "3",
    "CACHE_DIR": os.path.join(work, "cache"),
}.items():
    os.environ["PIP_" + name] = value


def install(*sources):
    words = ["install", "--target", target, "--no-warn-conflicts", "-r", "python-requirements.txt", *sources]
    if given.get("scripts") != "yes":
        words += ["--only-binary", ":all:"]
    try:
        return main(words) == 0
    except SystemExit as e:
        if e.code:
            return False
        raise


# pip does not tell anybody why an index did not answer, and then finds no version; nor the line of a bad option.
def note(record):
    text = record.getMessage()
    if text.startswith("Invalid requirement: -"):
        option = text.split("\n")[0][len("Invalid requirement: "):]
        with open("python-requirements.txt", errors="replace") as f:
            lines = [str(number) for number, line in enumerate(f, 1) if option in line]
        reasons.append(f"python-requirements.txt, line {', '.join(lines)}: {option}")
    if text.startswith("Could not fetch URL") and ": 404 " not in text:
        reasons.append(text)
    return True


# A line of python-requirements.txt may name an address or another index, --no-index or not.
def refuse(*_):
    raise OSError("no network: offline")


def install_all():
    local = ["--find-links", os.path.join(work, "local")] if os.path.isdir("local") and os.listdir("local") else []
    if offline:
        import socket
        socket.socket.connect = socket.getaddrinfo = refuse
        return install("--no-index", *local)
    if local:
        with contextlib.redirect_stderr(io.StringIO()) as said:
            if install("--no-index", *local):
                return True
        errors = re.findall(r"^ERROR: (.*)", said.getvalue(), re.M)
        why = errors[-1] if errors else said.getvalue().strip()[-500:]
        sys.stderr.write(f"local packages alone do not do: {why}\n")
    if index:
        from urllib.parse import urlsplit
        local += ["--index-url", index, "--trusted-host", urlsplit(index).hostname or ""]
    return install(*local)


def write_list():
    from importlib.metadata import distributions
    lines = {" ".join(f"{d.metadata['Name']}=={d.version}".split()) + "\n" for d in distributions(path=[target])}
    with open("new/list", "w") as f:
        f.writelines(sorted(lines))


reasons = []
collector = logging.getLogger("pip._internal.index.collector")
collector.setLevel(logging.DEBUG)
collector.addFilter(note)
logging.getLogger("pip._internal.cli.base_command").addFilter(note)
try:
    try:
        from pip._internal.cli.main import main
    except ImportError as e:
        sys.exit(f"ERROR: no pip in this root filesystem: {e}")
    done = install_all()
except SystemExit as e:
    sys.exit(e.code or "ERROR: pip ended before it was done")
if not done:
    sys.exit(f"ERROR: {reasons[-1]}" if reasons else 1)
write_list()
