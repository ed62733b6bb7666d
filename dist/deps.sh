#!/bin/sh
# deps.sh - install what is missing to build, to test, to make root filesystems, or to test in containers.
#
#   dist/deps.sh build|test|bench|rootfs|containers
#
# Silent, and no process started, when nothing is missing: make calls it freely.
set -eu

die() { echo "dist/deps.sh: $*" >&2; exit 1; }

case ${1-} in
build | test | bench | rootfs | containers) purpose=$1 ;;
*) die "say what for: dist/deps.sh build|test|bench|rootfs|containers" ;;
esac

manager=none
for m in apt-get apk dnf; do
	if command -v $m >/dev/null; then manager=$m && break; fi
done

# True if one of the alternatives is here: a command, or a path (globs allowed).
present() {
	IFS='|'
	for want in $1; do
		unset IFS
		case $want in
		/*) for path in $want; do [ ! -e "$path" ] || return 0; done ;;
		*)  ! command -v "$want" >/dev/null || return 0 ;;
		esac
	done
	unset IFS
	return 1
}

# Columns: purpose, what proves it is there, its package in Debian, Alpine and
# Fedora. "-" = comes with another row, or is not needed there: Alpine's own
# compiler and its libseccomp.a are musl already, so no gperf and no musl-gcc.
# rootfs.sh downloads Debian's packages itself; elsewhere it copies the machine's.
missing=
while read -r use proof apt apk dnf; do
	case $manager in
	apk) package=$apk ;;
	dnf) package=$dnf ;;
	*)   package=$apt ;;
	esac
	if [ "$use" != "$purpose" ] || [ "$package" = - ]; then continue; fi
	present "$proof" || missing="$missing $package"
done <<'TABLE'
build  gcc                           gcc             build-base         gcc
build  make                          make            -                  make
build  readelf                       binutils        -                  binutils
build  tar                           tar             -                  tar
build  gzip                          gzip            -                  gzip
build  gperf                         gperf           -                  gperf
build  lz4                           lz4             lz4                lz4
build  musl-gcc                      musl-tools      -                  musl-gcc
build  /usr/*-musl*/lib*/libc.a      -               -                  musl-libc-static
build  /usr/include/linux/seccomp.h  linux-libc-dev  linux-headers      kernel-headers
build  /usr/include/seccomp.h        -               libseccomp-dev     -
build  /usr/lib/libseccomp.a         -               libseccomp-static  -
test   clang                         clang           clang              clang
test   /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.asan-*.a|/usr/lib*/clang/*/lib/*/libclang_rt.asan*.a libclang-rt-dev compiler-rt compiler-rt
test   /usr/include/stdio.h          libc6-dev       -                  glibc-devel
test   /usr/lib*/libasan.so*         -               -                  libasan
test   /usr/lib*/libubsan.so*        -               -                  libubsan
test   python3                       python3         python3            python3
test   pytest-3|pytest               python3-pytest  py3-pytest         python3-pytest
test   node|nodejs                   nodejs          nodejs             nodejs
test   curl                          curl            curl               curl
test   strace                        strace          strace             strace
test   valgrind                      valgrind        valgrind           valgrind
bench  wrk                           wrk             wrk                -
rootfs tar                           tar             -                  tar
rootfs python3                       -               python3            python3
rootfs node|nodejs                   -               nodejs             nodejs
rootfs /etc/ssl/cert*/ca-*.crt|/etc/ssl/cert.pem|/etc/pki/tls/cert.pem - ca-certificates ca-certificates
containers runc                      runc            runc               runc
containers podman                    podman          podman             podman
TABLE
[ -n "$missing" ] || exit 0
missing=${missing# }

case $manager in
apt-get) line="apt-get install -y --no-install-recommends $missing" ;;
apk)     line="apk add $missing" ;;
dnf)     line="dnf install -y --setopt=install_weak_deps=False $missing" ;;
none)    die "no apt, apk or dnf here; install by hand (Debian's names): $missing" ;;
esac
[ "$(id -u)" = 0 ] ||
	die "missing: $missing; as root, type: $line"

echo "installing through ${manager%-get}: $missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

install() {
	# shellcheck disable=SC2086 # words, on purpose
	case $manager in
	apt-get) DEBIAN_FRONTEND=noninteractive $line -qq \
	    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 ;;
	*)       $line ;;
	esac </dev/null >"$log" 2>&1
}

# The lists are fetched only when they prove missing or stale: that is the slow part.
install || {
	case $manager in
	apt-get) apt-get update -qq >/dev/null 2>&1 || true ;;
	apk)     apk update >/dev/null 2>&1 || true ;;
	esac
	install
} || {
	tail -n 15 "$log" >&2
	die "could not install: $missing; check the network, then type: $line"
}
