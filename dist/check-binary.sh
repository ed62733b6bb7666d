#!/bin/sh
# check-binary.sh - prove that a binary is what is promised: one file that needs
# no other, at an address nobody knows, with no page both writable and executable.
#
#   dist/check-binary.sh [file]        default ./sandbox
#
# A toolchain gets each of these wrong without a word; hence the check, in the
# link rule and in the tests.
set -eu
export LC_ALL=C
bin=${1:-./sandbox}
max=409600              # bytes, stripped
# Pages may be of 64 KiB, and so each segment begins at a multiple of that; a quarter more code, too.
[ "$(uname -m)" != aarch64 ] || max=573440

die() { echo "$bin: $*" >&2; exit 1; }

[ -f "$bin" ] || die "no such file; run make"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
readelf -hldW "$bin" >"$tmp/elf" || die "readelf cannot read it"

has()   { grep -Eq "$1" "$tmp/elf" || die "$2"; }
lacks() { ! grep -Eq "$1" "$tmp/elf" || die "$2"; }

has   '^ *Type: +DYN'               "not position independent; link with -static-pie"
lacks '\(NEEDED\)'                  "needs a shared library; link with -static-pie"
lacks '^ *INTERP'                   "names a dynamic loader; compile with build/musl/cc"
lacks '\(TEXTREL\)|DF_TEXTREL'      "has text relocations; compile every object with -fPIE"
has   '^ *GNU_RELRO'                "has no RELRO segment; link with -z relro"
has   'BIND_NOW|FLAGS_1.* NOW'      "does not bind at start; link with -z now"
has   '^ *GNU_STACK.* RW '          "has an executable stack; some object lacks .note.GNU-stack"
lacks '^ *[A-Z_]+ +0x.* (RWE|WE) '  "has a segment both writable and executable"

strip -o "$tmp/stripped" "$bin"
size=$(wc -c <"$tmp/stripped")
[ "$size" -le $max ] || die "$size bytes stripped; the limit is $max"
echo "$bin: static PIE, $size bytes stripped"
