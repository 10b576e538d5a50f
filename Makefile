# threadferry: GNU make, out of tree. "make help" lists the targets.
#
# Everything goes to $(B). A variant (another compiler, a sanitizer, coverage)
# is the same Makefile with another B, so variants never mix.

B ?= build
CC ?= cc
AR ?= ar
PREFIX ?= /usr/local
PKG_CONFIG ?= pkg-config
FUZZ_SECONDS ?= 10
FUZZ_SEED ?= 0
RESULTS ?= $(B)/results

VERSION := $(shell sed -n 's/.*THREADFERRY_VERSION "\(.*\)".*/\1/p' src/base/version.h)

# --- flags --------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual \
  -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wvla \
  $(if $(WERROR),-Werror)
CFLAGS ?= -O2 -g
HARDEN ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
HARDEN_LD ?= -pie -Wl,-z,relro,-z,now

# Asked once and only where something is compiled: "make deps" runs without them.
once = $(eval $(1) := $(2))$($(1))
# packages(OPTION,MODULES,SET): what pkg-config says, or what to do if one of them is missing.
packages = $(if $(shell $(PKG_CONFIG) --exists $(2) && echo yes),,$(error needs \
  $(strip $(2)): run "make deps SET=$(strip $(3))"))$(shell $(PKG_CONFIG) $(1) $(2))
MODULES := libcurl jansson yaml-0.1 libcrypto zlib
LIB_CFLAGS = $(call once,LIB_CFLAGS,$(call packages,--cflags,$(MODULES),program))
LIBS = $(call once,LIBS,$(call packages,--libs,$(MODULES),program) -lm -pthread)
MOCK_CFLAGS = $(call once,MOCK_CFLAGS,$(call packages,--cflags,libmicrohttpd jansson,demo))
MOCK_LIBS = $(call once,MOCK_LIBS,$(call packages,--libs,libmicrohttpd jansson,demo) -lm)
TEST_CFLAGS = $(call once,TEST_CFLAGS,$(call packages,--cflags,cmocka,test))
TEST_LIBS = $(LIBS) $(call once,CMOCKA_LIBS,$(call packages,--libs,cmocka,test))

ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Isrc -ffile-prefix-map=$(CURDIR)=. $(WARNINGS) $(LIB_CFLAGS) \
  $(HARDEN) $(CPPFLAGS) $(CFLAGS) $(EXTRA_CFLAGS)
ALL_LDFLAGS = $(HARDEN_LD) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS)

# --- sources ------------------------------------------------------------------

# src/os and src/http hold the real side of the seams; everything else but main is the core.
OS_SRC := $(wildcard src/os/*.c src/http/*.c)
MAIN_SRC := src/main.c
CORE_SRC := $(filter-out $(OS_SRC),$(wildcard src/*/*.c))
FAKE_SRC := $(wildcard tests/fakes/*.c)
MOCK_MAIN_SRC := $(wildcard tests/mock/server/*.c)
MOCK_SRC := $(filter-out $(MOCK_MAIN_SRC),$(wildcard tests/mock/*/*.c))
UNIT_SRC := $(wildcard tests/unit/*/test_*.c)
HELPER_SRC := $(filter-out $(UNIT_SRC),$(wildcard tests/unit/*/*.c))
CRASH_SRC := $(wildcard tests/crash/crash_*.c)
CRASH_HELPER_SRC := $(filter-out $(CRASH_SRC),$(wildcard tests/crash/*.c))
SIMULATE_SRC := $(wildcard tests/simulate/*.c tests/simulate/*/*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
BENCH_SRC := $(wildcard tests/bench/bench_*.c)
ALL_SRC := $(MAIN_SRC) $(wildcard src/*/*.c tests/*/*.c tests/*/*/*.c)
ALL_HEADERS := $(wildcard src/*/*.h tests/*/*.h tests/*/*/*.h)

obj = $(patsubst %.c,$(B)/%.o,$(1))
bin = $(patsubst tests/%.c,$(B)/%,$(1))

# In folders as the rooms of src are, but the programs are all in one.
UNIT_BIN := $(patsubst %.c,$(B)/unit/%,$(notdir $(UNIT_SRC)))
CRASH_BIN := $(call bin,$(CRASH_SRC))
SIMULATE_BIN := $(B)/simulate/simulate
FUZZ_BIN := $(call bin,$(FUZZ_SRC))
BENCH_BIN := $(call bin,$(BENCH_SRC))
# Tests of the real side of the seams link it; all others link the fakes.
OS_BIN := $(filter $(patsubst %.c,$(B)/unit/test_%,$(notdir $(OS_SRC))),$(UNIT_BIN))
# Scripts of tests/e2e and tests/faults run these.
PROGRAMS := $(if $(MAIN_SRC),$(B)/threadferry) $(if $(MOCK_MAIN_SRC),$(B)/mock-api)

# --- build ----------------------------------------------------------------------

Q := $(if $(filter 1,$(V)),,@)
say = @printf '  %-5s %s\n' $(1) $(2)

.DEFAULT_GOAL := all
.SECONDARY:
.DELETE_ON_ERROR:

.PHONY: all
all: $(if $(MAIN_SRC),$(B)/threadferry) $(B)/libcore.a $(B)/libos.a ## the program (default)

$(B)/threadferry: $(call obj,$(MAIN_SRC)) $(B)/libcore.a $(B)/libos.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/mock-api: $(call obj,$(MOCK_MAIN_SRC)) $(B)/libmock.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(MOCK_LIBS)

$(B)/libcore.a: $(call obj,$(CORE_SRC))
$(B)/libos.a: $(call obj,$(OS_SRC))
$(B)/libfakes.a: $(call obj,$(FAKE_SRC))
$(B)/libmock.a: $(call obj,$(MOCK_SRC))
$(B)/libhelpers.a: $(call obj,$(HELPER_SRC))
$(B)/libcrash.a: $(call obj,$(CRASH_HELPER_SRC))
$(B)/%.a: $(B)/sources
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)

$(B)/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(test_include) -MMD -MP -c -o $@ $<
test_include = $(if $(filter tests/%,$<),-Itests $(if $(filter tests/mock/%,$<),$(MOCK_CFLAGS)) \
  $(if $(filter tests/unit/% tests/crash/%,$<),$(TEST_CFLAGS)))

# Other flags compile everything anew, a file that comes or goes makes new libraries.
remember = @mkdir -p $(B) && printf '%s\n' '$(1)' >$@.new && \
  if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(B)/flags: FORCE
	$(call remember,$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))
$(B)/sources: FORCE
	$(call remember,$(ALL_SRC))
.PHONY: FORCE
FORCE:

# The linker takes from the group what is missing, and the seams from one side only.
group = -Wl,--start-group $(filter %.a,$^) -Wl,--end-group
FAKE_SIDE := $(if $(FAKE_SRC),$(B)/libfakes.a,$(B)/libos.a)
# Fakes come first; what has no fake (reply heads, files that are only read) is the real one.
$(filter-out $(OS_BIN),$(UNIT_BIN)) $(CRASH_BIN) $(SIMULATE_BIN) $(FUZZ_BIN): $(FAKE_SIDE) $(B)/libos.a
# What is measured is the real side.
$(OS_BIN) $(BENCH_BIN): $(B)/libos.a
$(CRASH_BIN) $(SIMULATE_BIN): $(B)/libcrash.a
$(UNIT_BIN): $(B)/libhelpers.a
$(foreach src,$(UNIT_SRC),$(eval $(B)/unit/$(basename $(notdir $(src))): $(call obj,$(src))))
$(CRASH_BIN) $(BENCH_BIN): $(B)/%: $(B)/tests/%.o
$(UNIT_BIN) $(CRASH_BIN) $(BENCH_BIN): $(B)/libcore.a $(B)/libmock.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(group) $(TEST_LIBS)

$(SIMULATE_BIN): $(call obj,$(SIMULATE_SRC)) $(B)/libcore.a $(B)/libmock.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(group) $(LIBS)

.PHONY: deps
deps: ## install what SET needs: program, demo, test, counterparts, check (default), deb, static, cross, bare
	@sh tests/tools/deps.sh $(or $(SET),check)

.PHONY: tests
tests: all $(PROGRAMS) $(UNIT_BIN) $(CRASH_BIN) $(SIMULATE_BIN) $(BENCH_BIN) ## all programs and test programs

.PHONY: clean
clean: ## remove build
	rm -rf $(B)

-include $(patsubst %.c,$(B)/%.d,$(ALL_SRC))

# --- test -----------------------------------------------------------------------
# Each writes $(RESULTS)/NAME.txt, a line per test; SUITE=-asan tells variants apart.
# ONLY=NAME and CASE=PATTERN run a part; docs/CODING.md says which part of what.

run = RESULT=$(RESULTS)/$(1)$(SUITE).txt B=$(B) THREADFERRY=$(abspath $(B)/threadferry) \
  MOCK_API=$(abspath $(B)/mock-api) sh
only = $(if $(ONLY),$(foreach name,$(ONLY),$(filter %/$(2)_$(name),$(1))),$(1))
parallel = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$$(getconf _NPROCESSORS_ONLN))
export ONLY CASE

.PHONY: test unit cli e2e crash faults
test: ## the quick loop: unit (with mapping and archive cases) and cli
	+@$(MAKE) --no-print-directory $(parallel) unit cli

unit: $(call only,$(UNIT_BIN),test) ## unit tests, the cases of tests/mapping and tests/archives
	@WRAP='$(WRAP)' $(call run,unit) tests/tools/run-programs.sh $^

cli: $(PROGRAMS) ## what each command line prints: tests/cli/CASE
	@$(call run,cli) tests/cli/run.sh

e2e: $(PROGRAMS) ## the program against the mock API: tests/e2e
	@$(call run,e2e) tests/e2e/run.sh

FAULT_BIN := $(PROGRAMS) $(B)/faults/shim.so $(B)/bench/slow_sync.so $(B)/crash/crash_powerloss $(B)/bench/bench_replay $(B)/bench/measure

crash: $(call only,$(CRASH_BIN),crash) ## stop at every operation, resume, compare
	@$(call run,crash) tests/tools/run-programs.sh $^

.PHONY: archives
archives: $(B)/property/batch ## random archives with one mutation each, judged: SEEDS=N FROM=N
	@SEEDS='$(SEEDS)' FROM='$(FROM)' $(call run,archives) tests/property/run.sh

$(B)/property/batch: $(B)/tests/property/batch.o $(B)/libcore.a $(B)/libos.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(group) $(LIBS)

.PHONY: simulate
simulate: $(SIMULATE_BIN) ## random sequences of commands, killed or not: SEEDS=N; SEED=N TRACE=1 SHRINK=1
	@SEEDS='$(SEEDS)' FROM='$(FROM)' SEED='$(SEED)' SCRIPT='$(SCRIPT)' TRACE='$(TRACE)' \
	  SHRINK='$(SHRINK)' TELL='$(TELL)' JOBS='$(JOBS)' \
	  $(call run,simulate) tests/simulate/run.sh

.PHONY: mutants
mutants: ## do the tests see small faults? tests/mutants: ONLY=PATTERN SEEDS=N
	+@MAKE='$(MAKE)' SEEDS='$(SEEDS)' $(call run,mutants) tests/mutants/run.sh

.PHONY: counterparts
counterparts: $(PROGRAMS) ## npm's clients make, dump and read what is moved: tests/counterparts
	@$(call run,counterparts) tests/tools/run-programs.sh tests/counterparts/counterparts.sh
	@sed -n 's/^skip /skipped: /p' $(RESULTS)/counterparts$(SUITE).txt

faults: $(FAULT_BIN) ## the fault matrix, a result per row
	@$(call run,faults) tests/faults/run.sh

# They come between the program and the C library; alone, they have no use for sanitizers.
PRELOADED := faults/shim bench/slow_sync
$(PRELOADED:%=$(B)/%.so): $(B)/%.so: tests/%.c
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -O2 -fPIC -shared -o $@ $<

# SOAK=kills is the thousand kills alone. The seeds are printed, so that a run can be had again.
SOAK ?= kills memory files
KILLS ?= 1000
.PHONY: soak
soak: $(FAULT_BIN) ## kill a thousand times, fail each allocation, flip each byte: half an hour
	@KILLS=$(KILLS) ALLOCATION_STEP=1 FLIP_STEP=1 POWERLOSS_STATES=100000 LIMIT=7200 \
	  $(call run,soak) tests/tools/run-programs.sh $(SOAK:%=tests/faults/%.sh); \
	  status=$$?; grep -h '^P[0-9]*: ' $(RESULTS)/soak$(SUITE).txt.d/*.log; exit $$status
.PHONY: canary
canary: ## no key and no message in what all the tests before have printed
	@B=$(B) sh tests/tools/canary.sh

.PHONY: check
check: ## everything, in the order of CI; the last line counts
	@sh tests/tools/deps.sh check
	+@MAKE='$(MAKE)' B=$(B) RESULTS=$(RESULTS) sh tests/tools/check.sh

.PHONY: demo
demo: ## a migration against a server of its own, killed and resumed
	@sh tests/tools/deps.sh demo
	+@$(MAKE) --no-print-directory $(parallel) all $(B)/mock-api
	@B=$(B) sh tests/demo/demo.sh

# --- test with tools --------------------------------------------------------------

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNHARDENED := HARDEN= HARDEN_LD=
# What stays of a sanitizer's findings is the exit status and the log.
export ASAN_OPTIONS ?= detect_leaks=1:abort_on_error=0:allocator_may_return_null=0
export UBSAN_OPTIONS ?= print_stacktrace=1

.PHONY: asan valgrind coverage
asan: ## unit, cli and e2e under ASan and UBSan; SUITES='unit faults' for others
	+@$(MAKE) --no-print-directory B=$(B)/asan CC=clang $(UNHARDENED) CFLAGS='-O1 -g' \
	  EXTRA_CFLAGS='$(SANITIZE)' RESULTS=$(RESULTS) SUITE=-asan $(or $(SUITES),unit cli e2e)

valgrind: ## unit tests under valgrind
	+@$(MAKE) --no-print-directory SUITE=-valgrind unit \
	  WRAP='valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite'

coverage: ## line coverage against tests/coverage-floors.txt
	@find $(B)/cov -name '*.gcda' -exec rm -f {} + 2>/dev/null || true
	+@$(MAKE) --no-print-directory B=$(B)/cov CC=gcc $(UNHARDENED) CFLAGS='-O0 -g' \
	  EXTRA_CFLAGS='--coverage -fprofile-update=atomic' RESULTS=$(B)/cov/results -k unit cli crash e2e || true
	@if sh tests/tools/pinned.sh gcc; then \
	  B=$(B)/cov RESULT=$(RESULTS)/coverage.txt sh tests/tools/coverage.sh; fi

# libFuzzer where clang has it; else a driver that replays the saved inputs.
.PHONY: fuzz fuzz-run
HAVE_LIBFUZZER = $(shell sh tests/fuzz/have-libfuzzer.sh)
fuzz: ## libFuzzer, FUZZ_SECONDS=10 for each target; FUZZ_SEED=1 for the same inputs again
	+@$(MAKE) --no-print-directory B=$(B)/fuzz CC=clang $(UNHARDENED) CFLAGS='-O1 -g' \
	  EXTRA_CFLAGS='$(SANITIZE) $(if $(HAVE_LIBFUZZER),-fsanitize=fuzzer-no-link)' \
	  FUZZ_DRIVER=$(if $(HAVE_LIBFUZZER),-fsanitize=fuzzer,tests/fuzz/replay.c) \
	  RESULTS=$(RESULTS) FUZZ_SECONDS=$(FUZZ_SECONDS) fuzz-run

fuzz-run: $(call only,$(FUZZ_BIN),fuzz)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_SEED=$(FUZZ_SEED) $(call run,fuzz) tests/fuzz/run.sh $^

$(FUZZ_BIN): $(B)/%: $(B)/tests/%.o $(B)/libcore.a $(B)/libmock.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(FUZZ_DRIVER) $< $(group) $(LIBS)

.PHONY: bench
bench: $(PROGRAMS) $(BENCH_BIN) $(B)/bench/floor $(B)/bench/measure $(B)/bench/slow_sync.so ## speed and size, as ratios
	@$(call run,bench) tests/tools/run-programs.sh $(filter-out %/bench_replay,$(BENCH_BIN))
	@B=$(B) sh tests/bench/bench.sh $(PARTS)

$(B)/bench/floor $(B)/bench/measure: $(B)/bench/%: $(B)/tests/bench/%.o
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIBS)

# --- look at the code -------------------------------------------------------------

.PHONY: format format-check lint
format: ## lay out all C files
	clang-format -i $(ALL_SRC) $(ALL_HEADERS)

format-check: ## fails where "make format" would change something
	@if sh tests/tools/pinned.sh clang-format; then \
	  clang-format --dry-run -Werror $(ALL_SRC) $(ALL_HEADERS); fi

lint: all ## layers, headers, banned calls, limits, globals, documents
	@$(call run,lint) tests/lint/run.sh

# One file at a time, so that make spreads them and repeats only what changed.
.PHONY: tidy tidy-files cppcheck
tidy: ## clang-tidy, no findings
	+@if sh tests/tools/pinned.sh clang-tidy; then $(MAKE) --no-print-directory tidy-files; fi
# What is preloaded stands in for libc's own functions, with their parameters.
tidy-files: $(patsubst %.c,$(B)/tidy/%.ok,$(filter-out $(PRELOADED:%=tests/%.c),$(ALL_SRC)))
$(B)/tidy/%.ok: %.c $(ALL_HEADERS) .clang-tidy
	$(call say,TIDY,$<)
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- $(ALL_CFLAGS) $(test_include) 2>$@.log >$@.out \
	  || { grep -hE ' (error|warning): ' $@.out $@.log; exit 1; }
	@touch $@

cppcheck: ## cppcheck, no findings
	@mkdir -p $(B)/cppcheck
	@if sh tests/tools/pinned.sh cppcheck; then \
	  cppcheck -q --std=c11 -D_GNU_SOURCE -Isrc -Itests --cppcheck-build-dir=$(B)/cppcheck -j2 \
	    --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	    --library=tests/lint/jansson.cfg \
	    --suppressions-list=tests/lint/cppcheck.txt src tests; fi

.PHONY: docs
docs: ## check the manual page; text and HTML of it in build/docs
	@mkdir -p $(B)/docs
	mandoc -T lint -W warning docs/threadferry.1
	mandoc -T utf8 docs/threadferry.1 >$(B)/docs/threadferry.txt
	mandoc -T html docs/threadferry.1 >$(B)/docs/threadferry.html

.PHONY: picture
picture: all ## docs/diff.svg, which the README shows
	sh tests/tools/picture.sh $(abspath $(B))/threadferry >$(B)/diff.svg
	mv $(B)/diff.svg docs/diff.svg

# --- install ----------------------------------------------------------------------

BINDIR = $(DESTDIR)$(PREFIX)/bin
MANDIR = $(DESTDIR)$(PREFIX)/share/man/man1
DOCDIR = $(DESTDIR)$(PREFIX)/share/doc/threadferry
# Where each shell looks; distributions have a folder of their own for zsh (Debian: vendor-completions).
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
COMPLETION_bash = $(DESTDIR)$(PREFIX)/share/bash-completion/completions/threadferry
COMPLETION_zsh = $(DESTDIR)$(ZSH_COMPLETIONS)/_threadferry
COMPLETION_fish = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/threadferry.fish
SHELLS := bash zsh fish

$(B)/completion.%: $(B)/threadferry
	$(Q)$(B)/threadferry completion $* >$@

.PHONY: install uninstall
install: all $(SHELLS:%=$(B)/completion.%) ## to DESTDIR and PREFIX (/usr/local)
	install -d $(BINDIR) $(MANDIR) $(DOCDIR)
	install -m 755 $(B)/threadferry $(BINDIR)/threadferry
	install -m 644 docs/threadferry.1 $(MANDIR)/threadferry.1
	install -m 644 README.md LICENSE migrate.yaml.example $(DOCDIR)
	for file in $$(find docs -type f ! -name '*.1'); do \
	  install -D -m 644 $$file $(DOCDIR)/$$file || exit; done
	$(foreach shell,$(SHELLS),install -D -m 644 $(B)/completion.$(shell) $(COMPLETION_$(shell)) &&) :

uninstall: ## what "make install" put there
	rm -f $(BINDIR)/threadferry $(MANDIR)/threadferry.1 $(foreach shell,$(SHELLS),$(COMPLETION_$(shell)))
	rm -rf $(DOCDIR)

# --- release ----------------------------------------------------------------------

.PHONY: dist distcheck
DIST = threadferry-$(or $(VERSION),0)
dist: ## a source archive, the same bytes for the same commit
	@B=$(B) DIST=$(DIST) sh tests/tools/dist.sh

distcheck: ## unpack the archive, build, test, install and uninstall it
	@sh tests/tools/deps.sh test
	+@$(MAKE) --no-print-directory dist
	+@MAKE='$(MAKE)' B=$(abspath $(B)) DIST=$(DIST) sh tests/tools/distcheck.sh

.PHONY: deb
deb: ## a Debian package in build
	@sh tests/tools/deps.sh deb
	+@MAKE='$(MAKE)' B=$(B) VERSION=$(or $(VERSION),0) REVISION=$(REVISION) sh tests/tools/deb.sh

.PHONY: static
static: ## one file that needs no library (musl), from Debian's sources; ARCH=aarch64
	+@MAKE='$(MAKE)' B=$(B) VERSION=$(or $(VERSION),0) ARCH=$(ARCH) sh tests/tools/static.sh

.PHONY: bare release
BARE ?= 12
bare: ## the README's commands on bare Debian; BARE='11 12 13 sid 24.04' or skip
	@RESULT=$(abspath $(RESULTS))/bare.txt BARE='$(BARE)' BARE_SECONDS=$(BARE_SECONDS) \
	  sh tests/tools/bare.sh

.PHONY: ground
ground: ## the tests with old and new libraries, on GnuTLS, on arm64; GROUND='11 sid'
	@RESULT=$(abspath $(RESULTS))/ground.txt GROUND='$(GROUND)' sh tests/tools/ground.sh

release: ## packages for Debian 12 and 13, a static program, source, checksums
	+@MAKE='$(MAKE)' B=$(B) DIST=$(DIST) sh tests/tools/release.sh

# This list.
.PHONY: help
help:
	@awk -F ':.*## ' '/^# --- / { group = $$0; gsub(/^# -+ | -+$$/, "", group) } \
	  /^[a-z][a-z0-9-]*:.*## / { if (group) printf "%s%s:\n", n++ ? "\n" : "", group; \
	    group = ""; printf "  %-13s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'Variables: B CC CFLAGS LDFLAGS PREFIX DESTDIR V=1 WERROR=1 SOURCE_DATE_EPOCH'
	@echo '           ONLY CASE SEEDS FUZZ_SECONDS SET BARE'
