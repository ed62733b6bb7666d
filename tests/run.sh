#!/bin/sh
# run.sh - every test there is; `make test` calls it when ./sandbox has been built.
#
#   tests/run.sh               as root: the jail needs it
#   PROVE=all tests/run.sh     show of every hostile program that it works unjailed, not of a sample
#
# One line per part. What a part printed is in build/test/PART.log, and its end is shown where the part
# failed. A part that could not run has failed. The last line is the sum, and the exit status says the same.
set -u
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1
cd "$(dirname "$0")/.." || exit 1
logs=build/test
rm -rf $logs && mkdir -p $logs || exit 1
make=${MAKE:-make}
SANDBOX_BIN=${SANDBOX_BIN:-./sandbox}
export SANDBOX_BIN
passed=0 failed=0
jobs=$(nproc 2>/dev/null || echo 2)

# part NAME COMMAND...: run it. If it says "N passed, N failed" (or leaves two numbers in
# $logs/NAME.counts), these are the part's counts; else it is one test.
part() {
	name=$1 log=$logs/$1.log
	shift
	rc=0
	start=$(date +%s)
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	counts=$(cat "$logs/$name.counts" 2>/dev/null ||
	    sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log" | tail -n 1)
	case $counts:$rc in
	:0)	p=1 f=0 ;;
	:*)	p=0 f=1 ;;
	*)	p=${counts% *} f=${counts#* }
		if [ $((p + f)) -eq 0 ] || { [ $rc -ne 0 ] && [ "$f" -eq 0 ]; }; then f=1; fi ;;
	esac
	passed=$((passed + p)) failed=$((failed + f))
	if [ "$f" -eq 0 ]; then
		printf 'ok    %-8s %5d  %3d s\n' "$name" "$p" $(($(date +%s) - start))
		return
	fi
	printf 'FAIL  %-8s %5d, %d failed; all of it: %s\n' "$name" "$p" "$f" "$log"
	# Without pytest's rows of dots: what failed must be among what a log's reader keeps.
	grep -v '^[.sxXFE]* *\[ *[0-9]*%\]$' "$log" | tail -n 40 | sed 's/^/      | /'
}

# A python3 that has pytest: the first on PATH may not be the one that packages go to.
find_python() {
	for p in python3 /usr/bin/python3 /usr/local/bin/python3; do
		if "$p" -c 'import pytest' 2>/dev/null; then echo "$p" && return; fi
	done
	echo "no python3 that has pytest" >&2
	return 1
}

rootfs() {
	dist/deps.sh test
	[ -e rootfs/python ] && [ -e rootfs/node ] || $make rootfs
}

# unit NAME: tests/test_NAME.c with the module it tests, under both sanitizers; filter, which ends processes that make
# a call of a sanitizer's runtime, as it ships; monitor and blocks, which their tests include, with what they need
unit() {
	bin=$logs/test_$1
	if [ "$1" = filter ]; then
		build/musl/cc -std=c17 -D_GNU_SOURCE -O1 -g -Wall -Wextra -I. -o "$bin" tests/test_filter.c buf.c -lseccomp &&
		    "$bin"
		return
	fi
	case $1 in
	monitor) with="loop.c log.c" ;;
	blocks)  with= ;;
	embed)   with='-DEMBEDDED="build/musl/embedded.lz4"' ;;
	*)       with=$1.c ;;
	esac
	# shellcheck disable=SC2086 # words, on purpose
	gcc -std=c17 -D_GNU_SOURCE -O1 -g -Wall -Wextra -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	    -I. -o "$bin" "tests/test_$1.c" $with buf.c || return
	if [ -d "tests/$1" ]; then "$bin" "tests/$1"; else "$bin"; fi
}

# The parsers may call libc's memory and string functions and buf.c: no I/O, no clock, no other module.
layers() {
	allowed='^((mem|str)[a-z]+|buf_[a-z]+|slice_[a-z_]+|parse_int|utf8_len|gmtime_r|v?snprintf|__errno_location|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_)$'
	for o in build/musl/http.o build/musl/json.o; do
		nm -u $o >"$logs/nm" || return
		other=$(awk '{ print $NF }' "$logs/nm" | grep -Ev "$allowed") || continue
		echo "$o needs what it must not:" $other
		return 1
	done
}

# All, or every fifth of those that need not outlive a time limit: that the attacks work where there is no jail
prove() {
	# shellcheck disable=SC2086 # words, on purpose
	names=$(cd tests/hostile && ls | grep -E '\.(py|js)$')
	[ "${PROVE-}" = all ] ||
		names=$(cd tests/hostile && grep -L '^[#/]* expect: error=timeout' $names | awk 'NR % 5 == 1')
	tests/hostile/prove.sh -j $((jobs * 2)) $names >$logs/prove.out
	rc=$?
	cat $logs/prove.out
	sed -n 's/^\([0-9]*\) proved, \([0-9]*\) failed.*/\1 \2/p' $logs/prove.out >$logs/prove.counts
	[ "$(cut -d ' ' -f 1 $logs/prove.counts)" -ge 60 ] || return 1
	return $rc
}

san() {
	$make -s CC=gcc SAN=1 build/gcc-san/sandbox
}

leaks() {
	SANDBOX_BIN=build/gcc-san/sandbox "$python" tests/harness.py soak "${SOAK:-1000}"
}

soak() {
	"$python" tests/soak.py 1500 60
}

blackbox() {
	SANDBOX_COUNTS=$logs/pytest.counts "$python" -m pytest -q -r fEsx --tb=short --show-capture=no \
	    -p no:cacheprovider --rootdir=. tests
}

part rootfs rootfs
python=$(find_python) || python=false
for c in tests/test_*.c; do
	c=${c#tests/test_}
	part "${c%.c}" unit "${c%.c}"
done
part layers layers
part binary dist/check-binary.sh "$SANDBOX_BIN"
part pytest blackbox
part san san
part leaks leaks
part soak soak
part prove prove
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
