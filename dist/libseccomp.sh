#!/bin/sh
# libseccomp.sh - the libseccomp that goes into the binary, and a compiler to link it.
#
#   dist/libseccomp.sh musl     build/musl/cc, build/musl/include, build/musl/lib
#   dist/libseccomp.sh glibc    build/glibc/include, build/glibc/lib (for tests)
#
# No distribution but Alpine has a musl build of it, and a glibc build linked
# into a musl binary is a bug that waits, so it is built here, from the tarball
# of Debian's source package. That one is upstream's release, byte for byte.
# The glibc builds use the same release, so that tests test what is shipped.
#
# DISTFILES=dir: take the tarball from that directory and never use the network.
set -eu
export LC_ALL=C
unset MAKEFLAGS MAKELEVEL MFLAGS CC CFLAGS CPPFLAGS LDFLAGS 2>/dev/null || true

version=2.6.0
sha256=83b6085232d1588c379dc9b9cae47bb37407cf262e6e74993c61ba72d2a784dc
tarball=libseccomp_$version.orig.tar.gz
pool=pool/main/libs/libseccomp/$tarball

die() { echo "dist/libseccomp.sh: $*" >&2; exit 1; }

case ${1-} in
musl | glibc) libc=$1 ;;
*) die "say for which libc: dist/libseccomp.sh musl|glibc" ;;
esac
top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/build/$libc

# The stamp holds this script's sum and the machine: another version, another
# flag, or a tree shared with another machine means another build.
stamp="$version $(cksum <"$0") $(gcc -dumpmachine) $(gcc -dumpversion)" ||
	die "no gcc; run dist/deps.sh build"
if [ "$(cat "$out/stamp" 2>/dev/null)" = "$stamp" ]; then
	touch "$out/stamp"      # make compares times
	exit 0
fi

mkdir -p "$out/include" "$out/lib" "$out/kernel"
tmp=$(mktemp -d "$top/build/tmp.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# Run a noisy command; show what it said only when it fails.
quiet() {
	"$@" >"$tmp/log" 2>&1 || {
		tail -n 25 "$tmp/log" >&2
		die "this failed: $*"
	}
}

checksum_ok() { [ "$(sha256sum <"$1")" = "$sha256  -" ]; }

# Sets $file to a verified tarball.
find_tarball() {
	if [ -n "${DISTFILES-}" ]; then
		# Debian's name for it, or upstream's: the same bytes.
		for file in "$DISTFILES/$tarball" "$DISTFILES/libseccomp-$version.tar.gz"; do
			[ -f "$file" ] || continue
			checksum_ok "$file" || die "$file is not the release: its sha256 should be $sha256"
			return 0
		done
		die "no $tarball in DISTFILES=$DISTFILES"
	fi
	file=$top/build/$tarball
	if [ -f "$file" ] && checksum_ok "$file"; then return 0; fi

	helper=/usr/lib/apt/apt-helper
	[ -x $helper ] || die "no apt here to fetch it with; put $tarball (or upstream's" \
	    "libseccomp-$version.tar.gz) into a directory and say: make DISTFILES=directory"
	# The machine's own mirrors, through apt's own downloader, so that proxies
	# and credentials are as the machine has them. Asking for the file itself
	# needs no deb-src line and no change to apt's lists, and works on every
	# release: a pool holds those of all of them.
	: >"$tmp/fetch"
	# shellcheck disable=SC2016 # apt's variables, not ours
	for site in $(apt-get indextargets --no-release-info --format '$(COMPONENT) $(REPO_URI)' |
	    awk '$1 == "main" && !seen[$2]++ { print $2 }'); do
		case $site in
		mirror+file:*)  # a file that lists mirrors: the first of them
			site=$(sed -n '/^[a-z]*:/{s/[[:space:]].*//p;q;}' "${site#mirror+file:}") ;;
		esac
		if $helper download-file "${site%/}/$pool" "$tmp/$tarball" \
		    "SHA256:$sha256" >>"$tmp/fetch" 2>&1 && checksum_ok "$tmp/$tarball"; then
			mv "$tmp/$tarball" "$file"
			return 0
		fi
	done
	grep '^E:' "$tmp/fetch" >&2 || true
	die "could not fetch $tarball through apt; check the network, or put the file" \
	    "into a directory and say: make DISTFILES=directory"
}

# $out/cc: gcc, musl, and nothing but static PIE. musl-gcc's own specs make a
# dynamic PIE of -static-pie without a word, and hide the kernel's headers.
make_compiler() {
	case $(gcc -dumpmachine) in
	*-musl*) specs= ;;      # the machine's own compiler is the musl one
	*)
		wrapper=$(command -v musl-gcc) || die "no musl-gcc; run dist/deps.sh build"
		from=$(sed -n 's/.*-specs[ =]*"\{0,1\}\([^" ]*\.specs\).*/\1/p' "$wrapper")
		[ -f "$from" ] || die "no specs file named in $wrapper; reinstall musl-tools"
		crt=$(sed -n 's,.* \(/[^ ]*\)/crti\.o.*,\1,p' "$from")
		[ -f "$crt/rcrt1.o" ] || die "no rcrt1.o beside crti.o in '$crt'; a newer musl is needed"
		# Two sections of musl-gcc's specs, replaced by a file read after it.
		cat >"$out/static-pie.specs" <<-EOS
		*startfile:
		$crt/rcrt1.o $crt/crti.o crtbeginS.o%s

		*link:
		-static -pie --no-dynamic-linker -z text -nostdlib

		EOS
		specs="-specs '$from' -specs \"\$d/static-pie.specs\""
		# musl-gcc looks into no system directory; these three are the kernel's.
		ln -sfn /usr/include/linux "$out/kernel/linux"
		ln -sfn /usr/include/asm-generic "$out/kernel/asm-generic"
		for asm in "/usr/include/$(gcc -print-multiarch)/asm" /usr/include/asm; do
			[ ! -e "$asm/unistd.h" ] || break
		done
		[ -e "$asm/unistd.h" ] || die "no kernel headers (asm/unistd.h); run dist/deps.sh build"
		ln -sfn "$asm" "$out/kernel/asm"
		;;
	esac
	cat >"$tmp/cc" <<-EOC
	#!/bin/sh
	# Made by dist/libseccomp.sh: gcc with musl and the libseccomp beside it.
	d=\${0%/*}
	exec gcc $specs -fPIE -static-pie \\
	    -isystem "\$d/include" -isystem "\$d/kernel" -L"\$d/lib" "\$@"
	EOC
	chmod +x "$tmp/cc"
	mv "$tmp/cc" "$out/cc"
}

# Cut upstream's table of system calls down to this machine's column. It has two
# ints for each of 18 machines, 76 KB, and a filter for the machine that it runs on
# reads one of those 36. (Calls of its other ABIs are killed by what the kernel says
# of them, without the table.) The column and all names stay; about another machine
# the library says that it knows none. What is left fits into shorts. Each edit is
# checked: on a source that looks different the build stops.
one_machine() {                 # in libseccomp's src
	own=$(uname -m)
	case $own in
	x86_64 | aarch64) ;;
	*) return 0 ;;          # libseccomp may call it otherwise; the table stays whole
	esac
	other="one_machine does not know what it finds in libseccomp $version:"

	# Of each row the name, the number and the kernel that brought the call.
	awk -F, -v OFS=, -v own="$own" '
		NR == 1 { for (i = 2; i < NF; i++) if ($i == own && $(i + 1) == own "_kver") column = i }
		!column { exit 1 }
		{ print $1, $column, $(column + 1) }' syscalls.csv >"$tmp/csv" || die "$other syscalls.csv"
	mv "$tmp/csv" syscalls.csv
	rm -f syscalls.perf syscalls.perf.c     # of the whole table; make makes them again

	sed -i "/^struct arch_syscall_table {/,/^};/{
		s/^	\(int\|enum scmp_kver\) \(name\|index\|$own\|${own}_kver\);\$/	short \2;/
		/^	short /!{/^	/d}
	}" syscalls.h
	[ "$(sed -n 's/^	short //p' syscalls.h | tr -d '\n')" = "name;index;$own;${own}_kver;" ] ||
		die "$other syscalls.h"
	sed -i 's/return \*(int \*)((char \*)s + offset);/return *(const short *)((const char *)s + offset);/' \
	    syscalls.perf.template
	[ "$(grep -c '(const short \*)' syscalls.perf.template)" = 1 ] || die "$other syscalls.perf.template"

	# The two functions that find a machine, by token and by name; then the others' own files.
	sed -i "/return &arch_def_$own;/!s/return &arch_def_[a-z0-9_]*;/return NULL;/" arch.c
	[ "$(grep -c 'return &' arch.c) $(grep -c "return &arch_def_$own;" arch.c)" = "2 2" ] || die "$other arch.c"
	for f in arch-*.c; do
		[ "$f" = "arch-$own.c" ] || : >"$f"
	done
}

build() {
	# Without it the syscall table comes out empty and nothing says so.
	command -v gperf >/dev/null || die "no gperf; run dist/deps.sh build"
	find_tarball
	echo "building libseccomp $version for $libc"
	src=$tmp/libseccomp-$version
	mkdir "$src"
	tar -xzf "$file" -C "$src" --strip-components=1

	# Two faults of 2.6.0, mended upstream after it: exporting a filter to
	# memory copies as many bytes as the *buffer* has, and the hash reads
	# bytes through another type (hence no-strict-aliasing below).
	sed -i 's/memcpy(buf, program->blks, \*len)/memcpy(buf, program->blks, BPF_PGM_SIZE(program))/' \
	    "$src/src/api.c"
	[ "$(grep -c 'memcpy(buf, program->blks, BPF_PGM' "$src/src/api.c")" = 1 ] ||
		die "the mend of seccomp_export_bpf_mem did not take; is it still needed in $version?"

	cd "$src/src"
	one_machine
	cd "$src"
	# A host that is not the build machine's: configure then runs no test program.
	quiet ./configure --quiet --disable-shared --enable-static --disable-python \
	    --host="$(uname -m)-linux-$host" CC="$cc" CFLAGS="-Os -fPIE -fno-asynchronous-unwind-tables -fno-strict-aliasing -Werror=overflow \
	    -fstack-protector-strong -fstack-clash-protection -ffunction-sections \
	    -fdata-sections -ffile-prefix-map=$src=libseccomp"
	quiet make -j"$(nproc)" -C src libseccomp.la
	cd "$top"
	cp "$src/include/seccomp.h" "$src/include/seccomp-syscalls.h" "$out/include/"
	# By rename: a compiler beside us never sees half a library.
	cp "$src/src/.libs/libseccomp.a" "$tmp/lib.a"
	mv "$tmp/lib.a" "$out/lib/libseccomp.a"
}

# Does the library know an old and a recent call, by name and by number, a call
# that only another machine has (by upstream's number below zero), and no other?
prove() {
	cat >"$tmp/prove.c" <<-'EOC'
	#include <seccomp.h>
	#include <string.h>
	#include <sys/syscall.h>
	int main(void)
	{
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, SYS_openat);

		return seccomp_syscall_resolve_name("openat") != SYS_openat ||
		    seccomp_syscall_resolve_name("fchmodat2") != 452 ||
		    seccomp_syscall_resolve_name("s390_pci_mmio_read") != SCMP_SYS(s390_pci_mmio_read) ||
		    seccomp_syscall_resolve_name("openal") != __NR_SCMP_ERROR ||
		    name == NULL || strcmp(name, "openat") != 0;
	}
	EOC
	# shellcheck disable=SC2086 # words, on purpose
	quiet $cc -isystem "$out/include" -L"$out/lib" -o "$tmp/prove" "$tmp/prove.c" -lseccomp
	quiet "$tmp/prove"
}

if [ "$libc" = musl ]; then
	make_compiler
	cc=$out/cc host=musl
else
	cc=gcc host=gnu
fi
case $(gcc -dumpmachine) in
*-musl*)
	[ "$libc" = musl ] || die "this machine has no glibc; say make, without CC="
	[ -f /usr/lib/libseccomp.a ] || die "no libseccomp.a; run dist/deps.sh build"
	;;
*) build ;;
esac
prove
echo "$stamp" >"$out/stamp"
