# sandbox - GNU make. On a bare machine `make run` does everything.
#
#   make                         ./sandbox: musl, static PIE, what ships
#   make CC=gcc [SAN=1]          build/gcc[-san]/sandbox: glibc, for tests (or CC=clang)
#   make WERROR=1 test           what CI does
#   make DISTFILES=dir           libseccomp's tarball from dir, no network
#   make rootfs PYTHON= NODE=    interpreters to copy (dist/rootfs.sh tells more)
#
# make hands these variables to the scripts in their environment.

SRCS     = sandbox.c server.c peer.c run.c http.c json.c jail.c setup.c monitor.c warm.c usher.c packages.c deps.c embed.c layers.c mount.c cgroup.c filter.c loop.c config.c buf.c log.c client.c
VERSION := $(or $(shell git describe --tags --always 2>/dev/null),0.1.0)
ARCH    := $(shell uname -m)
PREFIX   = /usr/local
HOT      = json.c http.c buf.c

# Landing pads count only where all of a program has them, and musl's libc.a has none.
HARDEN_x86_64  = -fcf-protection=none
HARDEN_aarch64 = -mbranch-protection=standard
CPPFLAGS = -D_GNU_SOURCE -DSANDBOX_VERSION='"$(VERSION)"'
# Small where nothing is hot; the parsers and the buffers are (HOT below).
CFLAGS   = -std=c17 -Os -g -fPIE -fno-asynchronous-unwind-tables -fno-unwind-tables -fstack-protector-strong -fstack-clash-protection $(HARDEN_$(ARCH)) \
           -ffunction-sections -fdata-sections -ffile-prefix-map=$(CURDIR)=. $(if $(WERROR),-Werror) \
           -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes \
           -Wformat=2 -Wundef -Wpointer-arith
LDFLAGS  = -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,-z,text,--gc-sections

# Only a CC on the command line counts: one left in the environment must not
# decide what ships. Each compiler keeps its own objects in $B.
ifeq ($(origin CC),command line)
LIBC      = glibc
B         = build/$(notdir $(firstword $(CC)))$(if $(SAN),-san)
BIN       = $B/sandbox
CPPFLAGS += -isystem build/glibc/include
LDFLAGS  += -pie -Lbuild/glibc/lib
else
LIBC      = musl
B         = build/musl
BIN       = sandbox
CC        = build/musl/cc
LDFLAGS  += -static-pie
CHECK     = dist/check-binary.sh $@
$(if $(SAN),$(error SAN=1 needs CC=gcc or CC=clang: musl has no sanitizers))
endif
ifdef SAN
CFLAGS   += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
OBJS      = $(SRCS:%.c=$B/%.o)
COMPILE   = $(CC) $(CPPFLAGS) $(CFLAGS)

all: $(BIN)

$(BIN): $(OBJS)
	@echo "  LINK  $@"
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(OBJS) -lseccomp
	@$(CHECK)

# What a template's interpreter loads: no libc in it, so that it goes with every one's. The same for all builds.
HELPER    = build/$(LIBC)/helper.so
HELPER_O  = $(patsubst runtime/%.c,build/$(LIBC)/%.o,$(wildcard runtime/helper*.c))
MEMORY    = build/$(LIBC)/memory.so
MEMORY_O  = build/$(LIBC)/memory.o build/$(LIBC)/blocks.o build/$(LIBC)/code.o
EMBED     = build/$(LIBC)/embedded.lz4
CPPFLAGS += -DEMBEDDED='"$(EMBED)"'
# Atomic operations of aarch64 would be functions of libgcc.
ALONE_aarch64 = -mno-outline-atomics
$(HELPER_O) $(MEMORY_O): build/$(LIBC)/%.o: runtime/%.c runtime/helper.h runtime/memory.h enter.h Makefile build/$(LIBC)/stamp
	@echo "  CC    $@"
	@$(filter-out -fPIE -fstack% -fsanitize% -fno-sanitize% -DEMBEDDED%,$(COMPILE)) -fPIC -ffreestanding -fno-builtin -fno-stack-protector \
	    $(ALONE_$(ARCH)) -fvisibility=hidden -c -o $@ $<
$(HELPER): $(HELPER_O)
$(MEMORY): $(MEMORY_O)
$(HELPER) $(MEMORY):
	@echo "  LINK  $@"
	@$$($(CC) -print-prog-name=ld) -shared -s -z defs -z now -z noexecstack -z noseparate-code --hash-style=gnu -o $@ $^

# With what runs inside the interpreters, without its comments: half its size, and embed.c unpacks it.
$(EMBED): $(HELPER) $(MEMORY) $(wildcard runtime/*.py runtime/*.js)
	@echo "  PACK  $@"
	@for f in $^; do \
	    case $$f in *.so) cat "$$f" ;; *) sed '/^[[:blank:]]*\(#\|\/\/\) /d' "$$f" ;; esac >$@.part && \
	    printf '%s %s\n' "$${f##*/}" "$$(wc -c <$@.part)" && cat $@.part && printf '\0' || exit 1; \
	done >$@.text
	@lz4 -l -12 -q -f $@.text $@
$B/embed.o: $(EMBED)

$(OBJS): $B/%.o: %.c sandbox.h enter.h Makefile $B/flags build/$(LIBC)/stamp
	@echo "  CC    $@"
	@$(COMPILE) $(if $(filter $<,$(HOT)),-O2) -c -o $@ $<

# Written only when it would change: other flags, another version, other objects.
$B/flags: force
	@mkdir -p $B
	@echo "$(subst ",\",$(COMPILE))" | cmp -s - $@ || echo "$(subst ",\",$(COMPILE))" >$@

# The packages to build with, then the compiler and libseccomp.
build/$(LIBC)/stamp: dist/libseccomp.sh dist/deps.sh
	@dist/deps.sh build
	@$(if $(filter glibc,$(LIBC)),dist/deps.sh test)
	@dist/libseccomp.sh $(LIBC)

rootfs:
	@dist/deps.sh rootfs
	dist/rootfs.sh

run: all
	@[ -e rootfs/python ] && [ -e rootfs/node ] || $(MAKE) rootfs
	exec ./$(BIN) serve

test check: all
	@dist/deps.sh test
	tests/run.sh

# Minutes, and engines for containers: not a part of test. KINDS="host floor" needs none.
hostile: all
	@dist/deps.sh test
	tests/matrix.sh

# CPython's and Node's own tests, cold and warm: ten minutes and more. Not a part of test.
long: all
	@dist/deps.sh test
	@[ -e rootfs/python ] && [ -e rootfs/node ] || $(MAKE) rootfs
	tests/long.py

bench: all
	tests/bench.sh $(ROUNDS)

fuzz:
	@dist/deps.sh test
	tests/fuzz/run.sh

install: all
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share/man/man1' '$(DESTDIR)$(PREFIX)/share/sandbox'
	install -s -m 755 sandbox '$(DESTDIR)$(PREFIX)/bin/sandbox'
	[ ! -f dist/sandbox.1 ] || install -m 644 dist/sandbox.1 '$(DESTDIR)$(PREFIX)/share/man/man1/'
	[ ! -f dist/config.yaml ] || install -m 644 dist/config.yaml '$(DESTDIR)$(PREFIX)/share/sandbox/'

# What is shipped: the stripped binary and its checksum. The link and the directory are for the images.
dist: all
	mkdir -p dist/out/image/usr/bin dist/out/nonroot/tmp
	chmod 1777 dist/out/nonroot/tmp
	strip -o dist/out/sandbox sandbox
	cd dist/out && sha256sum sandbox >sandbox.sha256
	ln -f dist/out/sandbox dist/out/image/sandbox
	ln -sf /sandbox dist/out/image/usr/bin/curl

# clean keeps the built libseccomp and the root filesystems; distclean does not.
clean:
	rm -rf sandbox dist/out build/musl/*.o build/musl/flags \
	    $(filter-out build/musl build/glibc build/libseccomp% build/rootfs%,$(wildcard build/*))

distclean: clean
	rm -rf build rootfs

.DELETE_ON_ERROR:
.PHONY: all rootfs run test check hostile long bench fuzz install dist clean distclean force
