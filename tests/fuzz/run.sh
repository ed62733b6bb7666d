#!/bin/sh
# run.sh - each fuzzer here for SECONDS (60), under ASan and UBSan; `make fuzz SECONDS=600` calls it.
#
#   tests/fuzz/run.sh [NAME]...        fuzz_NAME.c with NAME.c and buf.c; default: all
#
# What was found interesting stays in build/fuzz/NAME and is where the next run begins; tests/NAME are seeds.
# An input that breaks something is left in build/fuzz as NAME-crash-*, its report in build/fuzz/NAME.log.
set -u
seconds=${SECONDS:-0}                   # bash counts in it, from 0
[ "$seconds" -gt 0 ] || seconds=60
cd "$(dirname "$0")/../.." || exit 1
[ $# -gt 0 ] || set -- $(ls tests/fuzz | sed -n 's/^fuzz_\(.*\)\.c$/\1/p')
bad=0

for name; do
	dir=build/fuzz/$name
	mkdir -p "$dir" || exit 1
	if ! clang -std=c17 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	    -I. -o "$dir.bin" "tests/fuzz/fuzz_$name.c" "$name.c" buf.c; then
		echo "FAIL  $name: does not build"
		bad=1
		continue
	fi
	if "$dir.bin" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
	    -artifact_prefix="$dir-" "$dir" "tests/$name" >"$dir.log" 2>&1; then
		echo "ok    $name: $(sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\) second.*/\1 inputs in \2 s/p' "$dir.log")"
	else
		echo "FAIL  $name; all of it: $dir.log"
		tail -n 30 "$dir.log" | sed 's/^/      | /'
		bad=1
	fi
done
exit $bad
