#!/bin/sh
# prove.sh - show that every attack in this directory works where there is no jail.
#
#   usage: prove.sh [-v] [-j JOBS] [PROGRAM ...]        as root; README says what it sets up
#
# Each program runs as root under the bare interpreter on a machine of its own: fresh mount, pid, ipc,
# uts and network namespaces, an overlay over / whose changes live in a tmpfs, empty /sys, a /dev of six
# nodes. It must print ESCAPED there. An attack that fails even so proves nothing about the jail.
set -u
here=$(cd "$(dirname "$0")" && pwd)

# ---- inside: pid 1 of the throw-away machine -------------------------------------------------------

# setting DIR: put the machine together below DIR, an empty directory, and move into it. pivot_root, not
# chroot: in a chroot the kernel refuses user namespaces, and the proof would be of that.
setting() {
	mount -t tmpfs -o size=2g,mode=755 tmpfs "$1" && mkdir "$1/up" "$1/work" "$1/root" &&
	mount -t overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" overlay "$1/root" &&
	cd "$1/root" && mkdir -p scratch hostile old proc sys dev run tmp && chmod 755 scratch &&
	mount -t proc proc proc && mount -t sysfs -o ro sysfs sys &&
	mount -t tmpfs tmpfs run && mount -t tmpfs -o mode=755 tmpfs dev && mkdir dev/shm &&
	mount -t tmpfs -o mode=1777 tmpfs dev/shm || return 1
	for n in null zero full random urandom tty; do
		: >"dev/$n" && mount --bind "/dev/$n" "dev/$n" || return 1
	done
	mkdir dev/pts && mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts &&
	ln -s pts/ptmx dev/ptmx && ln -s /proc/self/fd dev/fd &&
	mount --bind "$here" hostile && mount -o remount,bind,ro hostile &&
	pivot_root . old && umount -l /old && cd /
}

# alive PID: there, and more than a zombie (one whose first thread has left still runs)
alive() {
	case $(cat "/proc/$1/stat" 2>/dev/null) in
	'')	return 1;;
	*') Z '*) [ "$(ls "/proc/$1/task" | wc -l)" -gt 1 ];;
	esac
}

# run COMMAND ...: the program, as a child of the furniture; then its status in /run/status
run() {
	rm -rf /run/pid /run/status /victim
	env -i PATH="$PATH" HOME=/scratch TMPDIR=/scratch LANG=C.UTF-8 \
	    API_KEY=Kq7-server-secret "$PYTHON" /hostile/fixtures/setting.py "$@" &
	until [ -f /run/pid ]; do alive $! || return 1; sleep 0.05; done
	pid=$(cat /run/pid)
	t=0
	while [ ! -f /run/status ] && alive "$pid" && [ $t -lt 200 ]; do
		sleep 0.1
		t=$((t + 1))
		[ $t -ne 70 ] || kill -CONT "$pid"	# whoever stopped itself has outlived the limit
	done
	sleep 0.1
}

inside() {	# DIR RECIPE PROGRAM ...
	recipe=$2
	setting "$1" || { echo "prove.sh: cannot put the setting together" >&2; exit 125; }
	shift 2
	ulimit -c 0
	ulimit -d 4194304				# 4 GiB each: what runs away does not take us along
	for p; do
		case $p in *.js) set -- "$NODE";; *) set -- "$PYTHON";; esac
		case $recipe in careless|badroot) set -- "$@" "/hostile/fixtures/$recipe.${p##*.}";; esac
		run "$@" "/hostile/$p"
	done
	[ ! -e /scratch/ESCAPED ] || echo "ESCAPED: it left its mark in a file"
	case $recipe:$(cat /run/status 2>/dev/null) in
	signal:-*) echo "ESCAPED: it took the interpreter down";;
	esac
}

if [ "${1-}" = --inside ]; then
	shift
	[ $$ -eq 1 ] || { echo "prove.sh: --inside is for pid 1 of a namespace" >&2; exit 125; }
	inside "$@"
	exit
fi

# ---- outside ---------------------------------------------------------------------------------------

verbose= jobs=2
while getopts vj: o; do
	case $o in
	v) verbose=1;;
	j) jobs=$OPTARG;;
	*) sed -n 4p "$0" >&2; exit 2;;
	esac
done
shift $((OPTIND - 1))
[ "$(id -u)" -eq 0 ] || { echo "prove.sh: needs root, for the namespaces" >&2; exit 2; }

# The real interpreters: a shim that forks would spoil the proofs that look at parents.
PYTHON=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))') || exit 2
NODE=$(node -p 'require("fs").realpathSync(process.execPath)') || exit 2
export PYTHON NODE

out=$(mktemp -d) || exit 2
trap 'rm -rf --one-file-system "$out"' EXIT
trap 'exit 130' INT TERM

recipe_of() { sed -n '2s/^[#/]* proof: *//p' "$here/$1"; }
machine_of() { sed -n '3s/^[#/]* with: .*\(x86_64\|aarch64\).*/\1/p' "$here/$1"; }

# verdict WORD WHY: one line about $p, with nothing in it that a terminal would obey
verdict() {
	printf '%-7s %s: %s\n' "$1" "$p" "$(printf %s "$2" | tail -c 300 | tr -c '[:print:]' ' ')" >"$out/$p.verdict"
}

# prove PROGRAM: its verdict is "proved", "failed", or "absent" where the machine has no such call
prove() {
	p=$1 recipe=$(recipe_of "$1") m=$(machine_of "$1")
	if [ -n "$m" ] && [ "$m" != "$(uname -m)" ]; then
		verdict absent "only on $m"; return
	fi
	set -- "$p"
	case $recipe in
	pair)	set -- "${p%_[12]_*}"_1_plant."${p##*.}" "${p%_[12]_*}"_2_check."${p##*.}";;
	stdout|stderr|file|signal|careless|badroot) ;;
	*)	verdict failed "no such recipe: $recipe"; return;;
	esac
	mkdir "$out/$p.d"
	setsid timeout -k 2 60 unshare --mount --pid --fork --ipc --uts --net --mount-proc --kill-child \
	    sh "$here/prove.sh" --inside "$out/$p.d" "$recipe" "$@" \
	    >"$out/$p.out" 2>"$out/$p.err" </dev/null
	f=$out/$p.out
	[ "$recipe" != stderr ] || f=$out/$p.err
	absent='held: .*(ENOSYS|EAFNOSUPPORT|Function not implemented|(family|Protocol) not supported)'
	if grep -aq ESCAPED "$f"; then
		verdict proved "$(grep -ao "ESCAPED.*" "$f" | tail -n 1 | head -c 200)"
	elif cat "$out/$p.out" "$out/$p.err" | grep -aqE "$absent"; then
		verdict absent "this kernel has no such call or family"
	else
		verdict failed "$(cat "$out/$p.out" "$out/$p.err" | tail -c 300)"
	fi
	rm -f "$out/$p.out" "$out/$p.err"
	rmdir "$out/$p.d"				# empty here: what was mounted there is gone
}

[ $# -gt 0 ] || set -- $(cd "$here" && ls | grep -E "\.(py|js)$")
running=0
for arg; do
	prove "$(basename "$arg")" &
	running=$((running + 1))
	[ $((running % jobs)) -ne 0 ] || wait
done
wait
sort "$out"/*.verdict | if [ "$verbose" ]; then cat; else grep -v '^proved'; fi
count() { cat "$out"/*.verdict | grep -c "^$1"; }
failed=$(count failed)
echo "$(count proved) proved, $failed failed, $(count absent) not on this machine (it has no such call)"
[ "$failed" -eq 0 ] && [ "$(cat "$out"/*.verdict | wc -l)" -eq $# ]
