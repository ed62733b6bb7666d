#!/bin/sh
# rootfs.sh - make the trees that untrusted programs see as "/".
#
#   dist/rootfs.sh [python|node|all] [DIR]                 (default: all rootfs)
#   PYTHON=/path/python3 NODE=/path/node dist/rootfs.sh ...
#
#   Debian's packages ---+
#                        +--> DIR/.rootfs.PID/NAME --check, rename--> DIR/NAME
#   host's interpreter --+
#
# Without PYTHON or NODE the tree comes from the distribution's packages: they
# are resolved as if nothing were installed, downloaded, and unpacked; none is
# installed here. With PYTHON or NODE the named interpreter is copied with its
# library directories and every shared object these load. Where there is no apt
# the second way is taken, with the interpreters found on PATH.
#
# What holds for every finished tree, and is checked before it gets its name:
#   - the interpreter runs in it as an unprivileged user and loads what it should;
#   - all of it belongs to root, no file is setuid or setgid, and nobody else may
#     write anywhere (/dev/null alone is for all): the server makes a private
#     directory per slot in /tmp, and a second writable place would let one run
#     leave something for the next;
#   - there is no shell and no other program to run.
# A tree is built beside its target and renamed last: half a tree is never seen.
#
# Further environment:
#   PYTHON_PACKAGES  more Debian packages for python ("python3-numpy ...")
#   EXTRA_CA         a PEM file to add to the CA bundle (an inspecting proxy's)
#
# Run it as root: chroot, chown and mknod need that. A container's root will do;
# a user namespace's has no mknod, and then /dev/null is missing (it is said).

set -eu
umask 022
export LC_ALL=C

# libstdc++ and libgcc_s are what wheels expect of a machine (manylinux, PEP 600).
# What a python tree must be able to import. The last four are not in the
# standard library; a host's interpreter is not asked for what it lacks itself.
modules='ssl sqlite3 json zlib lzma bz2 ctypes hashlib decimal asyncio zoneinfo
    jinja2 requests httpx socks'
python_debs="python3 python3-jinja2 python3-requests python3-httpx python3-socks
    python3-pip libstdc++6 libgcc-s1 ${PYTHON_PACKAGES:-}"
# libc-bin for C.UTF-8, media-types for Python's mimetypes.
common_debs='libc-bin media-types tzdata ca-certificates'

say() { printf '%s\n' "rootfs.sh: $*" >&2; }
die() { say "$*"; exit 1; }

# in_tree CMD...: run CMD inside $T with nothing of this environment, so that
# neither a proxy setting nor PYTHONPATH makes the tree look better than it is.
in_tree() {
	env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/tmp \
	    LANG=C.UTF-8 chroot "$T" "$@"
}

# The same as nobody: a file that only root can read is found here, not by users.
in_tree_nobody() {
	env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/tmp \
	    LANG=C.UTF-8 chroot $nobody "$T" "$@"
}

# inside PATH: die unless PATH's directory, with every link in it followed from
# here, is in the tree. An absolute link in a tree is right for those who live in
# it, and leads *us* to the host's files, as root: so every change asks this.
inside() {
	_p=${1%/*}              # no local in POSIX: a name no caller has
	while [ ! -d "$_p/" ]; do _p=${_p%/*}; done
	case $(cd -P "$_p/" && pwd -P)/ in
	"$T"/*) ;;
	*) die "refusing to touch $1: a link leads it out of the tree; this is a bug" ;;
	esac
}

# drop PATH...: remove from the tree.
drop() {
	for _x; do
		[ -e "$_x" ] || [ -L "$_x" ] || continue
		inside "$_x"
		rm -rf "${_x:?}" || die "cannot remove $_x"
	done
}

# put FILE: standard input becomes FILE in the tree.
put() {
	inside "$T$1"
	mkdir -p "$T${1%/*}"
	rm -f "$T$1"
	cat >"$T$1" || die "cannot write $T$1: is the disk full?"
}

# link TARGET NAME: NAME (in the tree) leads to TARGET, unless NAME is there.
link() {
	[ ! -e "$T$2" ] && [ ! -L "$T$2" ] || return 0
	inside "$T$2"
	mkdir -p "$T${2%/*}"
	ln -s "$1" "$T$2"
}

### From Debian's packages

# apt with its own state: an empty status file makes it want every dependency,
# also those that this host has installed; the pin makes it want the
# distribution's packages, not a newer nodejs from another archive. The host's
# sources, keys and proxy settings are used, its lists too if it has any.
apt_setup() {
	apt=$work/apt
	mkdir -p "$apt/cache/archives/partial" "$apt/lists/partial"
	: >"$apt/status"
	case $( (. /etc/os-release && echo "${ID:-}") 2>/dev/null || :) in
	debian)   origin=Debian ;;
	ubuntu)   origin=Ubuntu ;;
	raspbian) origin=Raspbian ;;
	*)        origin= ;;
	esac
	: >"$apt/preferences"
	[ -z "$origin" ] || printf 'Package: *\nPin: release o=%s\nPin-Priority: %d\n' \
	    "$origin" 1001 >"$apt/preferences"
	# Read after the host's own configuration, so it wins. The clears keep
	# hooks of the host (they tidy *its* cache) from running for us; fetching
	# as root is because the build directory may be closed to apt's own user.
	cat >"$apt/conf" <<-END
		#clear DPkg;
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		APT::Sandbox::User "root";
		APT::Install-Recommends "false";
		APT::Get::Assume-Yes "true";
		Dir::State::status "$apt/status";
		Dir::Cache "$apt/cache";
		Dir::Etc::preferences "$apt/preferences";
		Dir::Etc::preferencesparts "/dev/null";
		Debug::NoLocking "true";
		Acquire::Retries "3";
	END
	# A host without lists, as a fresh container is, gets them in private.
	if ! apt-cache -c "$apt/conf" show libc6 >/dev/null 2>&1; then
		apt_update
	fi
}

apt_update() {
	printf 'Dir::State::lists "%s";\n' "$apt/lists" >>"$apt/conf"
	say 'fetching package lists'
	apt-get -c "$apt/conf" -q update >"$work/log" 2>&1 || {
		tail -n 5 "$work/log" >&2
		die 'apt-get update failed: see above; check the network and the apt sources'
	}
}

# resolve PACKAGE...: what installing them on an empty machine would install goes
# to $work/resolved. (Not to a pipe: die would end only one side of it.)
resolve() {
	apt-get -c "$apt/conf" -s install "$@" >"$work/log" 2>&1 || {
		tail -n 8 "$work/log" >&2
		die "apt cannot resolve: $*: see above; are they in the configured sources?"
	}
	# Inst NAME (VERSION ARCHIVE [ARCH])
	sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p' "$work/log" >"$work/resolved"
}

# Three quarters of the files of what npm's packages ask for; npm itself, as its
# authors ship it, has none of these. Unpacking them to prune them takes a while.
build_tools=
for d in core-js core-js-pure @types @babel es-abstract lodash lodash-es \
    caniuse-lite webpack eslint regenerate-unicode-properties @webassemblyjs; do
	build_tools="$build_tools --exclude=./usr/share/nodejs/$d"
done

# unpack LIST: download the packages of the file LIST and unpack them into $T.
unpack() {
	rm -rf "$work/debs"
	mkdir "$work/debs"
	fetch "$1" || {
		# Old lists name packages that the archive no longer has.
		grep -q "lists" "$apt/conf" || { apt_update && fetch "$1"; }
	} || {
		tail -n 8 "$work/log" >&2
		die 'download failed: see above; run "apt-get update" and check the network'
	}
	# One tar for all (-i: it goes on after an archive's end), not dpkg-deb -x, to
	# leave out what is only to be read, and 300 processes. A link that an earlier
	# package made is replaced, never followed.
	for deb in "$work"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" || echo "${deb##*/}" >>"$work/broken"
	done | tar -x -i -f - -C "$T" --no-same-owner $build_tools \
	    --exclude='./usr/share/doc' --exclude='./usr/share/man' \
	    --exclude='./usr/share/locale' --exclude='./usr/share/lintian' \
	    --exclude='./usr/share/icons' --exclude='./usr/share/javascript' ||
	    die "cannot unpack the packages into $T: see above; is the disk full?"
	[ ! -e "$work/broken" ] || die "cannot unpack $(head -n 1 "$work/broken"): see above"
	rm -rf "$work/debs"
	# Packages still name /bin and /lib: one tree under /usr, as Debian has it.
	for d in bin sbin lib lib64; do
		[ ! -L "$T/$d" ] || continue
		mkdir -p "$T/usr/$d"
		if [ -d "$T/$d" ]; then
			cp -R -P "$T/$d/." "$T/usr/$d/" || die "cannot merge $T/$d into $T/usr"
			rm -rf "${T:?}/$d"
		fi
		ln -s "usr/$d" "$T/$d"
	done
}

fetch() {
	(cd "$work/debs" &&
	    xargs apt-get -c "$apt/conf" -q download) <"$1" >"$work/log" 2>&1
}

# Packages that others ask for only to be configured, which never happens here.
without_tools() {
	grep -v -E '^(dpkg|tar|debconf|cdebconf|gcc-[0-9]*-base|perl-base|readline-common|libacl1|libselinux1|libpcre2-8-0|libmd0|libattr1|systemd.*|ucf|sensible-utils)=' || :
}

deb_python() {
	resolve $python_debs $common_debs
	without_tools <"$work/resolved" >"$work/list"
	unpack "$work/list"

	# The tree is the sandbox's own: its pip may install beside apt's files.
	drop "$T"/usr/lib/python3*/EXTERNALLY-MANAGED
	trim_stdlib "$T"/usr/lib/python3.*
	# Alternatives are made by postinst scripts, which do not run.
	for so in "$T"/usr/lib/*/blas/libblas.so.3 "$T"/usr/lib/*/lapack/liblapack.so.3; do
		so=${so#"$T"}
		[ ! -e "$T$so" ] || link "${so#"${so%/*/*}"/}" "${so%/*/*}/${so##*/}"
	done
	link ../../bin/python3 /usr/local/bin/python3
	# Hash, not time: copying the tree about must not make them stale.
	pyc='--invalidation-mode unchecked-hash'
}

deb_node() {
	resolve nodejs $common_debs
	without_tools <"$work/resolved" | sort >"$work/list"
	# npm asks for some 350 packages, most of them to build and test packages
	# (eslint, webpack, Python). What it loads are node-* ones; of these the
	# ones it can reach by its package.json files stay.
	resolve nodejs npm $common_debs
	grep -E '^(node-|libjs-|npm=)' "$work/resolved" | sort |
	    comm -13 "$work/list" - >"$work/list.npm"
	# What nodejs itself loads from /usr/share/nodejs must stay in any case.
	unpack "$work/list"
	keep=$(ls "$T/usr/share/nodejs" 2>/dev/null || :)
	unpack "$work/list.npm"
	# Debian's columnify loads two that its package.json does not name.
	prune_modules /usr/share/nodejs npm wcwidth.js defaults $keep
	drop "$T"/usr/share/nodejs/npm/man
	link ../../bin/node /usr/local/bin/node
}

### From the host's interpreters

# take PATH: give the tree a copy of the file PATH, or make the directory PATH, and
# all that lies on the way there. Links are copied one component at a time, so
# that $at never has one in it: a link in the tree is a link on the host, and what
# is written under $T$at is in the tree. Sets $at to where PATH ended.
# cp -P without -p: no extended attributes (file capabilities) and no ACLs.
take() {
	at='' rest=$1/ hops=0
	while [ -n "$rest" ]; do
		c=${rest%%/*} rest=${rest#*/}
		case $c in
		''|.) continue ;;
		..)   at=${at%/*}; continue ;;
		esac
		f=$at/$c
		if [ -L "$f" ]; then
			[ -L "$T$f" ] || cp -P "$f" "$T$f" || die "cannot copy $f"
			hops=$((hops + 1))
			[ $hops -lt 40 ] || die "cannot copy $1: its links go in a circle"
			to=$(readlink "$f")
			case $to in /*) at= ;; esac
			rest=$to/$rest
		elif [ -d "$f" ]; then
			[ -d "$T$f" ] || mkdir "$T$f"
			at=$f
		else
			[ -e "$T$f" ] || cp "$f" "$T$f" || die "cannot copy $f (on the way to $1)"
			at=$f
		fi
	done
}

# take_dir DIR: copy DIR to its own path; links in it that lead out of it too.
take_dir() {
	[ -d "$1" ] || return 0
	! grep -q -x -F "$1" "$work/taken" 2>/dev/null || return 0
	take "$1"
	top=$at
	printf '%s\n' "$1" "$top" >>"$work/taken"
	tar -c -f - -C "$top" . | tar -x -p -f - -C "$T$top" ||
	    die "cannot copy $top into $T: is the disk full?"
	find "$T$top" -type l >"$work/links"
	while read -r l; do
		# A link to a file only: one to a directory may lead anywhere.
		[ ! -f "${l#"$T"}" ] || take "${l#"$T"}"
	done <"$work/links"
}

# take_libs: every shared object that a program or library in the tree loads.
# ldd runs on the host's file, so $ORIGIN and run paths mean what they mean here.
take_libs() {
	: >"$work/libs"
	{ printf '%s\n' "$1"; (cd "$T" && find . -type f -name '*.so*' | sed 's/^\.//'); } |
	    while read -r so; do
		ldd "$so" 2>/dev/null || :
	    done | sed -n -e 's/.*=> *\(\/[^ ]*\).*/\1/p' -e 's/^[[:space:]]*\(\/[^ ]*\) (0x.*/\1/p' |
	    sort -u >"$work/libs"
	[ -s "$work/libs" ] || say "note: $1 loads no shared library (static?)"
	# Opened by name at run time, so ldd does not show them: name service
	# (before glibc 2.34), and what thread cancellation unwinds with.
	for c in $(grep '/libc\.so\.6$' "$work/libs" || :); do
		for l in libnss_files.so.2 libnss_dns.so.2 libresolv.so.2 libgcc_s.so.1 libstdc++.so.6; do
			[ ! -e "${c%/*}/$l" ] || printf '%s\n' "${c%/*}/$l"
		done
	done >>"$work/libs"
	while read -r so; do
		[ ! -e "$so" ] || take "$so"
	done <"$work/libs"
	sed 's|/[^/]*$||' "$work/libs" | sort -u | put /etc/ld.so.conf
}

# The host's own shape: a merged /usr, or not. What the interpreter does not name.
host_base() {
	: >"$work/taken"
	take /usr/bin
	for d in /bin /sbin /lib /lib32 /lib64 /libx32; do
		[ ! -L "$d" ] || take "$d"
	done
	take_dir /usr/share/zoneinfo
	[ -d /usr/share/zoneinfo ] ||
	    say 'note: no /usr/share/zoneinfo here: install tzdata, or zoneinfo knows no zone'
	for f in /usr/lib/locale/C.utf8 /usr/lib/locale/C.UTF-8; do
		take_dir "$f"
	done
	for f in /etc/mime.types /etc/ld-musl-*.path; do
		[ ! -f "$f" ] || take "$f"
	done
}

host_python() {
	# A shim is not an interpreter: ask the one that answers. -I keeps the
	# user's own directories and the current one out of sys.path.
	"$PYTHON" -I - $modules >"$work/py" <<-'END' || die "PYTHON=$PYTHON does not run as a Python 3 interpreter"
		import importlib.util, os, sys, sysconfig
		print("exe", sys.executable)
		dirs = {p for p in sys.path if os.path.isdir(p)}
		dirs |= {sysconfig.get_path(k) for k in ("stdlib", "platstdlib")}
		for p in sorted(d for d in dirs if os.path.isdir(d)):
		    print("dir", p)
		for p in sys.path:
		    if os.path.isfile(p):
		        print("file", p)
		print("file", os.path.join(sys.prefix, "pyvenv.cfg"))
		print("stdlib", sysconfig.get_path("stdlib"))
		for m in sys.argv[1:]:
		    try:
		        __import__(m)
		        print("has", m)
		    except ImportError:
		        print("lacks", m)
	END
	host_base
	exe=$(sed -n 's/^exe //p' "$work/py")
	take "$exe"
	sed -n 's/^dir //p' "$work/py" >"$work/dirs"
	while read -r d; do take_dir "$d"; done <"$work/dirs"
	sed -n 's/^file //p' "$work/py" >"$work/dirs"
	while read -r f; do [ ! -f "$f" ] || take "$f"; done <"$work/dirs"
	take_libs "$exe"
	trim_stdlib "$T$(sed -n 's/^stdlib //p' "$work/py")"
	drop "$T$(sed -n 's/^stdlib //p' "$work/py")/EXTERNALLY-MANAGED"
	# A .pth file runs at every start. Those of namespace packages and of
	# setuptools stay; others lead to directories that are not in the tree.
	find "$T" -name '*.pth' ! -name '*nspkg.pth' ! -name distutils-precedence.pth |
	    while read -r p; do
		say "note: left out ${p#"$T"}: it leads out of the tree"
		drop "$p"
	    done
	for p in pip pip3; do
		[ -f "${exe%/*}/$p" ] || continue
		take "${exe%/*}/$p"
		link "${exe%/*}/$p" "/usr/bin/$p"
	done
	link "$exe" /usr/bin/python3
	link "$exe" /usr/local/bin/python3
	lacks=$(sed -n 's/^lacks //p' "$work/py" | tr '\n' ' ')
	[ -z "$lacks" ] || say "note: $exe has no ${lacks% }: install them there, or do without"
	modules=$(sed -n 's/^has //p' "$work/py")
	pyc=    # the host's .pyc files are by time, and came along
}

host_node() {
	exe=$("$NODE" -p process.execPath) && [ -n "$exe" ] && [ -x "$exe" ] ||
	    die "NODE=$NODE does not run as Node.js"
	host_base
	take "$exe"
	# The data file of an ICU that is not inside the binary.
	icu=$("$NODE" -p 'process.config.variables.icu_default_data || ""')
	[ -z "$icu" ] || take_dir "$icu"
	# Distributions take some built-in modules from here.
	keep=
	if [ -d /usr/share/nodejs/acorn ]; then
		take_dir /usr/share/nodejs
		keep='acorn acorn-walk cjs-module-lexer undici busboy streamsearch xtend'
	fi
	take_libs "$exe"
	npm=
	for p in "${exe%/*}/npm" "$(command -v npm || :)"; do
		[ -n "$p" ] && [ -e "$p" ] || continue
		npm=$(readlink -f "$p")
		npm=${npm%/bin/*}
		[ ! -f "$npm/bin/npm-cli.js" ] || break
		npm=
	done
	if [ -n "$npm" ]; then
		take_dir "$npm"
		for p in npm npx; do
			link "$npm/bin/$p-cli.js" "/usr/bin/$p"
		done
	else
		say "note: no npm beside $exe: the tree has none either"
	fi
	link "$exe" /usr/bin/node
	link "$exe" /usr/local/bin/node
	[ -z "$keep" ] || prune_modules /usr/share/nodejs ${npm:+npm} \
	    wcwidth.js defaults $keep
}

### For both

# Tests, windows, documents and what is there to build an interpreter.
trim_stdlib() {
	for lib; do
		for d in test idlelib tkinter turtledemo lib2to3/tests distutils/tests \
		    unittest/test ctypes/test sqlite3/test pydoc_data __phello__; do
			drop "$lib/$d"
		done
		drop "$lib"/config-* "$lib"/turtle.py "$lib"/lib-dynload/_tkinter.* \
		    "$lib"/lib-dynload/_test*
	done
}

# prune_modules DIR NAME...: of the packages in DIR, keep those named, and those
# they depend on, found by Node's own rule for where a package is looked for. The
# tree's own Node does it, in the tree, where a link cannot lead out.
prune_modules() {
	in_tree /usr/bin/node - "$@" <<-'END' || die "cannot find what npm needs in $T: see above"
		const fs = require("fs"), path = require("path");
		const [dir, ...names] = process.argv.slice(2);
		const seen = new Set(), keep = new Set();
		const has = (d) => fs.existsSync(d + "/package.json");
		function find(name, from) {
			for (let d = from; d !== "/"; d = path.dirname(d))
				if (has(d + "/node_modules/" + name))
					return d + "/node_modules/" + name;
			return has(dir + "/" + name) ? dir + "/" + name : null;
		}
		function visit(link) {
			const d = fs.realpathSync(link);
			for (const p of [link, d])
				keep.add(path.relative(dir, p).match(/^(@[^/]+\/)?[^/]+/)[0]);
			if (seen.has(d))
				return;
			seen.add(d);
			const j = JSON.parse(fs.readFileSync(d + "/package.json"));
			for (const n in { ...j.dependencies, ...j.optionalDependencies }) {
				const f = find(n, d);
				if (f)
					visit(f);
			}
		}
		for (const n of names) {
			keep.add(n);
			if (has(dir + "/" + n))
				visit(dir + "/" + n);
		}
		for (const n of fs.readdirSync(dir)) {
			const sub = n[0] === "@" ? fs.readdirSync(dir + "/" + n).map((s) => n + "/" + s) : [n];
			for (const s of sub)
				if (!keep.has(s))
					fs.rmSync(dir + "/" + s, { recursive: true });
			if (n[0] === "@" && !fs.readdirSync(dir + "/" + n).length)
				fs.rmdirSync(dir + "/" + n);
		}
	END
}

# All but the interpreter and its package manager: a tree has no other program.
trim_tree() {
	for f in "$T"/bin/* "$T"/sbin/* "$T"/usr/bin/* "$T"/usr/sbin/* "$T"/usr/games/*; do
		case ${f##*/} in
		python3|python3.*|python|pip|pip3|node|nodejs|npm|npx) ;;
		*)
			[ -d "$f" ] && [ ! -L "$f" ] || drop "$f" ;;
		esac
	done
	for d in applications bash-completion binfmts bug debconf doc doc-base dpkg \
	    gcc gdb icons info javascript libc-bin lintian locale man node_modules npm \
	    perl5 pixmaps polkit-1 python3 readline systemtap vim zsh; do
		drop "$T/usr/share/$d"
	done
	# Python and Node convert text by themselves: no iconv tables.
	drop "$T"/usr/lib/*/gconv "$T"/usr/lib/*/perl-base "$T"/usr/lib/dpkg \
	    "$T"/usr/lib/tmpfiles.d "$T"/usr/lib/systemd "$T"/usr/lib/apt \
	    "$T"/usr/include "$T"/usr/share/zoneinfo/right "$T"/usr/share/zoneinfo/posix \
	    "$T"/var "$T"/run "$T"/tmp "$T"/proc "$T"/dev "$T"/etc/cron* \
	    "$T"/etc/init.d "$T"/etc/default "$T"/etc/dpkg "$T"/etc/apt \
	    "$T"/etc/bindresvport.blacklist "$T"/etc/ca-certificates "$T"/etc/gss \
	    "$T"/etc/ssl/private "$T"/usr/lib/ssl/private "$T"/usr/lib/ssl/misc \
	    "$T"/usr/lib/binfmt.d "$T"/usr/lib/valgrind
	# npm's first line asks env for node, and the tree has no env.
	for f in "$T"/usr/share/nodejs/npm "$T${npm:-/none}"; do
		for p in npm npx; do
			[ -f "$f/bin/$p-cli.js" ] || continue
			inside "$f/bin/$p-cli.js"
			sed -i '1s|.*|#!/usr/bin/node|' "$f/bin/$p-cli.js"
		done
	done
	return 0
}

make_etc() {
	put /etc/passwd <<-END
		root:x:0:0:root:/:/nonexistent
		nobody:x:65534:65534:nobody:/:/nonexistent
	END
	put /etc/group <<-END
		root:x:0:
		nogroup:x:65534:
	END
	put /etc/hosts <<-END
		127.0.0.1 localhost
		::1 localhost ip6-localhost
	END
	put /etc/nsswitch.conf <<-END
		passwd: files
		group: files
		hosts: files dns
		networks: files
	END
	# Right for this machine, now. Where the server runs, its own may differ
	# (in a container it always does): the server, or who deploys it, must put
	# the running machine's file here when programs may use the network.
	if [ -r /etc/resolv.conf ]; then
		put /etc/resolv.conf </etc/resolv.conf
	else
		say 'note: no /etc/resolv.conf here: names will not resolve in the tree'
		put /etc/resolv.conf </dev/null
	fi
	drop "$T/etc/localtime"
	ln -s ../usr/share/zoneinfo/Etc/UTC "$T/etc/localtime"
	echo Etc/UTC | put /etc/timezone
	make_ca
}

# One bundle, where Debian's Python, requests and certifi look, and OpenSSL too.
make_ca() {
	bundle=/etc/ssl/certs/ca-certificates.crt
	drop "$T/etc/ssl/certs"
	: | put $bundle
	if [ -d "$T/usr/share/ca-certificates" ]; then
		find "$T/usr/share/ca-certificates" -name '*.crt' | sort |
		    xargs cat | put $bundle
		drop "$T/usr/share/ca-certificates"
	else
		for f in $bundle /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem \
		    /etc/ssl/ca-bundle.pem; do
			[ ! -s "$f" ] || { put $bundle <"$f"; break; }
		done
	fi
	if [ -n "${EXTRA_CA:-}" ]; then
		cat "$EXTRA_CA" >>"$T$bundle" || die "cannot read EXTRA_CA=$EXTRA_CA"
	fi
	[ -s "$T$bundle" ] ||
	    say 'note: no CA certificates here: install ca-certificates, or https fails in the tree'
	drop "$T/usr/lib/ssl/cert.pem"
	link $bundle /usr/lib/ssl/cert.pem
	link certs/ca-certificates.crt /etc/ssl/cert.pem
	# An OpenSSL from elsewhere looks elsewhere; the tree's Python knows where.
	[ "$name" = python ] || return 0
	f=$(in_tree /usr/bin/python3 -I -c 'import ssl
print(ssl.get_default_verify_paths().openssl_cafile)' 2>/dev/null) || return 0
	case $f in
	/*/*) link $bundle "$f" ;;
	esac
}

# Nothing in the tree is anybody's but root's. Before the devices are made, for
# /dev/null is meant to be open to all.
make_safe() {
	mkdir -p "$T/tmp" "$T/proc" "$T/dev/shm" "$T/etc" "$T/var" "$T/run" "$T/packages"
	# What `import` looks at; require() has NODE_PATH.
	[ "$name" = python ] || link packages/node_modules /node_modules
	chown -R -h 0:0 "$T" || die "cannot give $T to root: run as root"
	find "$T" ! -type l -exec chmod u+rwX,a+rX,go-w,u-s,g-s,-t {} + ||
	    die "cannot set modes in $T"
}

make_dev() {
	# To read random bytes is for all; to write them into the pool is not.
	while read -r dev mode minor; do
		rm -f "$T/dev/$dev"
		if mknod "$T/dev/$dev" c 1 "$minor" 2>/dev/null; then
			chmod "$mode" "$T/dev/$dev"
		elif [ "$dev" = null ]; then
			say "warning: mknod is not permitted: $name has no /dev/null; bind one there, or make the tree as real root"
		else
			say "note: mknod is not permitted: $name has no /dev/$dev"
		fi
	done <<-END
		null 0666 3
		zero 0444 5
		random 0444 8
		urandom 0444 9
	END
	# A file system mounted nodev has nodes that do not open.
	[ ! -c "$T/dev/null" ] || (: >"$T/dev/null") 2>/dev/null ||
	    say "warning: $T/dev/null does not open: that file system is mounted nodev"
}

make_ldcache() {
	ls "$T"/lib/ld-musl-* >/dev/null 2>&1 && return
	# take_libs wrote the list; what libc-bin ships names a directory of lists.
	grep -q '^/' "$T/etc/ld.so.conf" 2>/dev/null ||
	    for d in "$T"/usr/lib/*-linux-gnu* "$T"/usr/local/lib; do
		[ ! -d "$d" ] || echo "${d#"$T"}"
	    done | put /etc/ld.so.conf
	# -X: the links came with the packages.
	ldconfig -X -r "$T" || die "ldconfig -r $T failed: see above"
	drop "$T/var/cache" "$T/etc/ld.so.conf.d"
}

make_pyc() {
	# -j takes a semaphore in /dev/shm, which is root's like all else.
	for j in '-j 0' ''; do
		in_tree /usr/bin/python3 -I - $j $pyc >"$work/log" 2>&1 <<-'END' && return
			import compileall, os, sys
			dirs = [p for p in sys.path if os.path.isdir(p)]
			sys.argv[1:] = ["-q"] + sys.argv[1:] + dirs
			compileall.main()       # some files are of other Pythons: go on
			import importlib.util as u
			sys.exit(not os.path.exists(u.cache_from_source(os.__file__)))
		END
	done
	tail -n 5 "$work/log" >&2
	die "cannot compile the library of $T: see above"
}

# The last word: as nobody, in the tree, with nothing else.
check_python() {
	in_tree_nobody /usr/bin/python3 -I - $modules <<-'END' || die "check failed: python in $T cannot do the above"
		import importlib, os, sys
		for m in sys.argv[1:]:
		    importlib.import_module(m)
		import ssl, pwd
		pwd.getpwuid(0)
		if "zoneinfo" in sys.argv and os.path.isdir("/usr/share/zoneinfo"):      # Python 3.9
		    import zoneinfo
		    zoneinfo.ZoneInfo("Europe/Berlin")
		if os.path.getsize("/etc/ssl/certs/ca-certificates.crt"):
		    assert ssl.create_default_context().cert_store_stats()["x509_ca"], "no CA"
	END
	in_tree_nobody /usr/bin/python3 -m pip --version >"$work/log" 2>&1 || {
		tail -n 3 "$work/log" >&2
		[ -n "$PYTHON" ] || die "check failed: pip in $T does not run"
		say "note: no pip in $T: packages cannot be installed in it"
	}
	version=$(in_tree_nobody /usr/bin/python3 --version)
}

check_node() {
	in_tree_nobody /usr/bin/node - <<-'END' || die "check failed: node in $T cannot do the above"
		const zlib = require("zlib"), crypto = require("crypto");
		require("https"); require("worker_threads"); require("fs/promises");
		if (zlib.gunzipSync(zlib.gzipSync("x")).toString() !== "x")
			throw new Error("zlib");
		crypto.randomBytes(8); crypto.createHash("sha256").update("x").digest();
		new Intl.DateTimeFormat("de", { timeZone: "Europe/Berlin" }).format();
		fetch;
		import("node:url").catch((e) => { console.error(e); process.exit(1); });
	END
	version="Node $(in_tree_nobody /usr/bin/node --version)"
	if [ -e "$T/usr/bin/npm" ] || [ -z "$NODE" ]; then
		npmv=$(in_tree_nobody /usr/bin/npm --version 2>"$work/log") || {
			tail -n 5 "$work/log" >&2
			die "check failed: npm in $T does not run"
		}
		version="$version, npm $npmv"
	fi
	[ -d "$T/usr/share/nodejs/npm" ] || return 0
	# We pruned this one: each of its commands must find what it loads.
	in_tree_nobody /usr/bin/node - <<-'END' || die "check failed: npm in $T lacks the above"
		const dir = "/usr/share/nodejs/npm/lib/commands/";
		for (const f of require("fs").readdirSync(dir))
			require(dir + f);
	END
}

check_safe() {
	find "$T" \( ! -type l -perm -0002 ! -path "$T/dev/null" \) -o -perm -4000 -o -perm -2000 \
	    -o ! -user 0 -o ! -group 0 -o \( -type d -perm -0020 \) >"$work/bad"
	[ ! -s "$work/bad" ] || {
		head -n 10 "$work/bad" >&2
		die "check failed: the above are not root's alone in $T"
	}
}

# swap: the finished tree gets its name. Two renames; if we die between them,
# tidy (now, or in the next run) puts the old tree back.
swap() {
	! grep -q " $dir/${name}[ /]" /proc/self/mounts 2>/dev/null ||
	    die "something is mounted in $dir/$name: stop the server and unmount it first"
	if [ -e "$dir/$name" ]; then
		mv "$dir/$name" "$work/old.$name" || die "cannot rename $dir/$name"
	fi
	mv "$T" "$dir/$name" || die "cannot rename $T to $dir/$name"
}

# tidy WORK: remove a build directory, first saving the trees it may hold.
tidy() {
	for t in python node; do
		[ ! -e "$1/old.$t" ] || [ -e "$dir/$t" ] || mv "$1/old.$t" "$dir/$t" || return
	done
	rm -rf "$1"
}

build() {
	name=$1
	T=$work/$name
	start=$(date +%s)
	mkdir "$T"
	# Not "a && b || c": inside that, set -e does not hold.
	if [ "$name" = python ] && [ -n "$PYTHON" ]; then
		host_python
	elif [ "$name" = node ] && [ -n "$NODE" ]; then
		host_node
	else
		[ -n "${apt:-}" ] || apt_setup
		"deb_$name"
	fi
	trim_tree
	make_ldcache
	make_etc
	mkdir -p "$T/tmp" "$T/proc" "$T/dev/shm"
	[ "$name" = node ] || make_pyc
	make_safe
	make_dev
	"check_$name"
	check_safe
	swap
	echo "$dir/$name: $version, $(du -sm "$dir/$name" | cut -f 1) MB, $(($(date +%s) - start)) s"
}

usage() {
	die 'usage: [PYTHON=FILE] [NODE=FILE] rootfs.sh [python|node|all] [DIR]'
}

### Main

[ $# -le 2 ] || usage
case ${1:-all} in
all)         names='python node' ;;
python|node) names=$1 ;;
*)           usage ;;
esac
dir=${2:-rootfs}
PATH=$PATH:/usr/sbin:/sbin      # chroot, ldconfig and mknod, also under su
PYTHON=${PYTHON:-} NODE=${NODE:-}
npm=

[ "$(id -u)" = 0 ] || die 'must run as root: it uses chroot, chown and mknod'

if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
	say 'no apt-get and dpkg-deb here: copying the interpreters of this machine'
	[ -n "$PYTHON" ] || PYTHON=$(command -v python3 || :)
	[ -n "$NODE" ] || NODE=$(command -v node || command -v nodejs || :)
	case $names in *python*) [ -n "$PYTHON" ] ||
	    die 'no python3 here: install it, or set PYTHON, or ask for node only' ;;
	esac
	case $names in *node*) [ -n "$NODE" ] ||
	    die 'no node here: install it, or set NODE, or ask for python only' ;;
	esac
fi

mkdir -p "$dir" 2>/dev/null || die "cannot make $dir: name a directory that can be written"
dir=$(cd "$dir" && pwd -P)
work=$dir/.rootfs.$$
mkdir "$work" 2>/dev/null || die "cannot write in $dir: name a directory that can be written"
trap 'tidy "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# What runs that were killed outright have left.
for w in "$dir"/.rootfs.*; do
	kill -0 "${w##*.}" 2>/dev/null || tidy "$w"
done

# busybox's chroot cannot change the user; then the checks run as root.
nobody='--groups= --userspec=65534:65534'
chroot $nobody / true 2>/dev/null || {
	nobody=
	say 'note: this chroot has no --userspec, or no uid 65534: checking as root instead'
}

for n in $names; do
	build "$n"
done
