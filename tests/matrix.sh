#!/bin/sh
# matrix.sh - the hostile programs on every kind of machine; `make hostile` calls it when ./sandbox has been built.
#
#   tests/matrix.sh                          as root
#   KINDS="host floor docker" tests/matrix.sh
#                                            some rows only; the names are:
#       host          root on this machine
#       layers        the same with each isolation layer switched off in turn; or one of them: -NAME
#       floor         the same with all of them off: what is left must hold alone
#       docker        an image FROM scratch under Docker's default capabilities and seccomp profile
#       docker-ro     the same with a read-only root filesystem
#       k8s           what Kubernetes calls restricted: a uid that is not root, no capability, no_new_privs, read-only
#       k8s-manifest  dist/kubernetes.yaml under podman: it starts, and runs a program
#   SAMPLE=1                                 all programs with one layer off, not every fourth
#   ENGINE=podman                            Docker's settings under podman, where Docker's own engine will not run
#
# One row per kind: programs that were held, and not; what the server said of its layers. A row that could not run has
# failed. What a row printed is in build/matrix/ROW.log. The last line is the sum, and the exit status says the same.
#
# The engine is Debian's, unpacked below build/matrix and not installed, with a daemon, an image store and a socket
# of its own, and is gone afterwards. It needs cgroups, and Debian for its packages.
set -u
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1
cd "$(dirname "$0")/.." || exit 1
logs=build/test work=$PWD/build/matrix cgroup=sandbox-matrix-$$ make=${MAKE:-make} engine_kind=${ENGINE:-docker}
SANDBOX_BIN=${SANDBOX_BIN:-./sandbox}
export SANDBOX_BIN
passed=0 failed=0 n_rows=0
child='' daemon='' docker='' podman='' engine='' images='' unable='' made=''

[ "$(id -u)" -eq 0 ] || { echo "matrix.sh: needs root" >&2; exit 2; }
rm -rf --one-file-system "$work" && mkdir -p "$work" $logs || exit 1
run=$(mktemp -d /tmp/sandbox-matrix.XXXXXX) || exit 1	# sockets: a path below build/ may be too long for one

say() { printf 'matrix.sh: %s\n' "$*" >&2; }

# What stays behind is the rows' logs. Only what was started here is ended.
cleanup() {
	[ -z "$child" ] || { kill "$child"; wait "$child"; } 2>/dev/null
	drop_containers
	if [ -n "$daemon" ]; then
		tries=0
		kill "$daemon" 2>/dev/null
		while kill -0 "$daemon" 2>/dev/null && [ $tries -lt 100 ]; do
			tries=$((tries + 1))
			sleep 0.2
		done
		if kill -0 "$daemon" 2>/dev/null; then	# deaf; its child would outlive it
			kill -9 "$daemon" "$(cat "$run/exec/containerd/containerd.pid")"
		fi
	fi
	while read -r _ dir _; do
		case $dir in "$work"/* | "$run"/*) umount "$dir" ;; esac
	done </proc/mounts
	case "$made " in *" /etc/docker "*) rm -f /etc/docker/key.json ;; esac
	# shellcheck disable=SC2086 # words, on purpose
	rmdir $made /sys/fs/cgroup/$cgroup /sys/fs/cgroup/*/$cgroup 2>/dev/null
	rm -rf --one-file-system "$run" "$work/engine" "$work/context" "$work/images"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Every container of our own engines: all of them are ours.
drop_containers() {
	# shellcheck disable=SC2046,SC2086 # words, on purpose
	if [ -n "$docker" ]; then
		set -- $($docker ps -aq 2>/dev/null)
		[ $# -eq 0 ] || $docker rm -f "$@" >/dev/null 2>&1
	fi
	if [ -n "$podman" ]; then
		$podman pod rm -fa >/dev/null 2>&1
		$podman rm -fa >/dev/null 2>&1
	fi
}

# A python3 that has pytest: the first on PATH may not be the one that packages go to.
find_python() {
	for p in python3 /usr/bin/python3 /usr/local/bin/python3; do
		if "$p" -c 'import pytest' 2>/dev/null; then echo "$p" && return; fi
	done
	return 1
}

### The engines. Each function that fails has said why in $unable.

# unpack PACKAGE...: Debian's packages below $work/engine, with nothing installed and no service started
unpack() {
	mkdir -p "$work/engine/deb"
	for once in 1 2; do
		(cd "$work/engine/deb" && apt-get -q -o APT::Sandbox::User=root download "$@") >>"$work/engine.log" 2>&1 && break
		[ $once -eq 1 ] && apt-get update -qq >>"$work/engine.log" 2>&1 || return 1
	done
	for deb in "$work"/engine/deb/*.deb; do
		dpkg-deb -x "$deb" "$work/engine" || return 1
	done
}

start_docker() {
	if ! unpack docker.io containerd; then
		unable="Docker's engine could not be downloaded"
		return 1
	fi
	PATH=$work/engine/usr/bin:$work/engine/usr/sbin:$PATH
	# Nobody's settings but these: a proxy in a client's configuration would reach the programs.
	unset DOCKER_HOST DOCKER_CONTEXT DOCKER_TLS_VERIFY
	export DOCKER_CONFIG="$work/engine" DOCKER_BUILDKIT=0
	echo '{}' >"$work/engine/daemon.json"
	echo '{}' >"$work/engine/config.json"	# podman looks there, too
	# It makes these wherever it is told to live.
	for dir in /run/containerd/s /run/containerd /run/docker/plugins /run/docker /opt/containerd/bin /opt/containerd/lib \
	    /opt/containerd /etc/docker; do
		[ -e $dir ] || made="$made $dir"
	done
	dockerd -H "unix://$run/docker.sock" --config-file "$work/engine/daemon.json" --data-root "$work/images/docker" \
	    --exec-root "$run/exec" --pidfile "$run/docker.pid" --iptables=false --ip6tables=false --bridge=none \
	    --cgroup-parent "/$cgroup" >>"$work/engine.log" 2>&1 </dev/null &
	daemon=$!
	tries=0
	until docker -H "unix://$run/docker.sock" info >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ $tries -gt 150 ] || ! kill -0 $daemon 2>/dev/null; then
			unable="Docker's daemon does not start: $(grep -E 'fail|error' "$work/engine.log" | tail -n 1 | cut -c 1-200)"
			return 1
		fi
		sleep 0.2
	done
	docker="docker -H unix://$run/docker.sock"
}

# podman as Docker would be: its capabilities, and its seccomp profile, which lets through less than podman's own.
start_podman() {
	if ! command -v podman >/dev/null || ! unpack golang-github-docker-docker-dev; then
		unable="no podman here, or Docker's seccomp profile could not be downloaded"
		return 1
	fi
	profile=$(find "$work/engine" -path '*/profiles/seccomp/default.json' | head -n 1)
	cat >"$work/engine/containers.conf" <<-END
		[containers]
		default_capabilities=["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
		    "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"]
		default_ulimits=["nofile=1024:1024", "nproc=4096:4096"]
		seccomp_profile="$profile"
		[engine]
		cgroup_manager="cgroupfs"
		runtime="runc"
		events_logger="file"
	END
	export CONTAINERS_CONF="$work/engine/containers.conf" BUILDAH_ISOLATION=chroot
	podman="podman --root $work/images/podman --runroot $run/podman --tmpdir $run/podman-tmp --storage-driver vfs"
}

# image NAME CONTAINERFILE: made once for each engine. The build's context is a copy of links: this directory holds the
# engines' own stores.
image() {
	case " $images " in *" ${engine%% *}/$1 "*) return ;; esac
	if [ ! -d "$work/context" ]; then
		if ! $make -s dist >>"$work/engine.log" 2>&1; then unable="make dist failed" && return 1; fi
		mkdir -p "$work/context/dist/out"
		cp -al dist/out/image dist/out/nonroot "$work/context/dist/out/" && cp -al rootfs "$work/context/" || return 1
		rm -rf "$work"/context/rootfs/*/tmp/*	# what a server that was killed has left
	fi
	say "${engine%% *}: building the image $1"
	if ! $engine build -t "$1" -f "$2" "$work/context" >>"$work/engine.log" 2>&1; then
		unable="the image $1 could not be built: $(tail -n 1 "$work/engine.log" | cut -c 1-200)"
		return 1
	fi
	images="$images ${engine%% *}/$1"
}

# containers ENGINE IMAGE CONTAINERFILE: have them; $engine is the engine's command line from here on
containers() {
	unable=''
	dist/deps.sh containers >>"$work/engine.log" 2>&1 || { unable=$(tail -n 1 "$work/engine.log"); return 1; }
	case $1 in
	docker)	[ -n "$docker" ] || start_docker || return 1; engine=$docker ;;
	podman)	[ -n "$podman" ] || start_podman || return 1; engine=$podman ;;
	*)	unable="no such engine: $1"; return 1 ;;
	esac
	image "$2" "$3"
}

### The rows

# result NAME PASSED FAILED SECONDS TEXT
result() {
	printf '%-14s %6d %6d %5d s  %s\n' "$@"
	passed=$((passed + $2)) failed=$((failed + $3))
}

# row NAME KIND SAMPLE LAYERS: the same tests as those of `make test`, elsewhere
row() {
	log=$work/$1.log start=$(date +%s)
	n_rows=$((n_rows + 1))
	say "$1 ..."
	rm -f "$work/counts" "$work/seen"
	SANDBOX_KIND=$2 SANDBOX_ENGINE=$engine SANDBOX_LAYERS=$4 SANDBOX_SAMPLE="$3 $n_rows" \
	    SANDBOX_COUNTS=$work/counts SANDBOX_SEEN=$work/seen \
	    COLUMNS=160 timeout -k 10 1200 "$python" -m pytest -q -r fE --tb=short --show-capture=no -p no:cacheprovider --rootdir=. \
	    tests/test_hostile.py >"$log" 2>&1 </dev/null &
	child=$!
	wait $child
	rc=$?
	child=
	counts=$(cat "$work/counts" 2>/dev/null)
	p=${counts% *} f=${counts#* }
	if [ $rc -ne 0 ] && [ "${f:-0}" -eq 0 ]; then f=1; fi
	result "$1" "${p:-0}" "$f" $(($(date +%s) - start)) "$(cat "$work/seen" 2>/dev/null || echo 'the server does not start')"
	if [ "$f" -gt 0 ]; then
		grep -m 1 '^E  *sandbox: ' "$log" | cut -c 1-160 | sed 's/^E */    | /'
		grep -E '^(FAILED|ERROR) ' "$log" | cut -c 1-160 | head -n 10 | sed 's/^/    | /'
		[ -n "$counts" ] || tail -n 20 "$log" | sed 's/^/    | /'
		echo "    | all of it: build/matrix/$1.log"
	fi
	drop_containers
}

# container_row NAME IMAGE CONTAINERFILE
container_row() {
	if containers "$engine_kind" "$2" "$3"; then
		row "$1" "$1" 1 ''
	else
		result "$1" 0 1 0 "not run: $unable"
	fi
}

# The manifest as it is, but for its port: the network is this machine's, and probes ask for a name that goes with it.
manifest() {
	log=$work/$1.log start=$(date +%s)
	if ! containers podman sandbox-nonroot dist/Containerfile.nonroot; then
		result "$1" 0 1 0 "not run: $unable"
		return
	fi
	say "$1 ..."
	port=$("$python" -c 'import sys; sys.path.insert(0, "tests"); import harness; print(harness.free_port())')
	url=http://127.0.0.1:$port
	sed -e '/^ *ports:/,/containerPort/d' -e "s/8194/$port/" dist/kubernetes.yaml >"$run/manifest.yaml"
	echo '{"API_KEY": "Y2hhbmdlLW1l"}' | $podman secret create sandbox - >"$log" 2>&1	# change-me
	$podman play kube --network host "$run/manifest.yaml" >>"$log" 2>&1
	tries=0
	until "$SANDBOX_BIN" health "$url/health" >>"$log" 2>&1 || [ $tries -ge 50 ]; do
		tries=$((tries + 1))
		sleep 0.2
	done
	ok=0
	for body in '{"language": "python3", "code": "print(6 * 7)"}' '{"language": "nodejs", "code": "console.log(6 * 7)"}'; do
		"$python" - "$url/v1/sandbox/run" "$body" >>"$log" 2>&1 <<-'END' && ok=$((ok + 1))
			import json, sys, urllib.request
			request = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), {"X-Api-Key": "change-me"})
			answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20).read()
			print(answer)
			assert json.loads(answer)["data"]["stdout"] == "42\n"
		END
	done
	$podman logs sandbox-pod-0-sandbox >>"$log" 2>&1
	result "$1" $ok $((2 - ok)) $(($(date +%s) - start)) "a program in each language: dist/kubernetes.yaml under podman"
	[ $ok -eq 2 ] || grep -v '^Traceback\|^  ' "$log" | tail -n 5 | cut -c 1-160 | sed 's/^/    | /'
	drop_containers
}

# "layer NAME on|off TEXT", a line of `sandbox check` for each
layers=$("$SANDBOX_BIN" check 2>/dev/null | sed -n 's/^layer  *\([a-z0-9_]*\)  *\(o[nf]*\)\(.*\)/\1 \2\3/p')
[ -n "$layers" ] || layers='landlock on
listener on'
all_off=$(echo "$layers" | sed 's/^\([a-z0-9_]*\).*/-\1/' | paste -s -d , -)

each_layer() {
	echo "$layers" | while read -r name state; do
		case $state in
		on*)	echo "-$name" ;;
		*)	say "-$name: no row, it is the row host: $state" ;;
		esac
	done
}

python=$(find_python) || { echo "matrix.sh: no python3 that has pytest" >&2; exit 1; }
[ -e rootfs/python ] && [ -e rootfs/node ] || $make rootfs || exit 1
printf '%-14s %6s %6s %7s  %s\n' kind held failed time layers
for kind in ${KINDS:-host layers floor docker docker-ro k8s k8s-manifest}; do
	case $kind in
	host)	row host host 1 '' ;;
	floor)	row floor host 1 "$all_off" ;;
	-*)	row "$kind" host "${SAMPLE:-4}" "$kind" ;;
	layers)	for name in $(each_layer); do row "$name" host "${SAMPLE:-4}" "$name"; done ;;
	docker | docker-ro) container_row "$kind" sandbox dist/Containerfile ;;
	k8s)	container_row k8s sandbox-nonroot dist/Containerfile.nonroot ;;
	k8s-manifest) manifest "$kind" ;;
	*)	result "$kind" 0 1 0 "not run: no such kind" ;;
	esac
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
