# threadferry: GNU make, out of tree. "make help" lists the targets.
B ?= build
CC ?= cc
PREFIX ?= /usr/local
PKG_CONFIG ?= pkg-config

LIBS := libcurl jansson yaml-0.1 libcrypto
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual \
  -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wvla
CFLAGS ?= -O2 -g
HARDEN ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
HARDEN_LD ?= -pie -Wl,-z,relro,-z,now
BASE_CFLAGS := -std=c11 -D_GNU_SOURCE -Isrc $(WARNINGS) $(shell $(PKG_CONFIG) --cflags $(LIBS))
ALL_CFLAGS = $(BASE_CFLAGS) $(HARDEN) $(CFLAGS) $(EXTRA_CFLAGS)
ALL_LDFLAGS = $(HARDEN_LD) $(LDFLAGS) $(EXTRA_CFLAGS)
LDLIBS := $(shell $(PKG_CONFIG) --libs $(LIBS))
MOCK_LIBS := $(shell $(PKG_CONFIG) --libs libmicrohttpd jansson) -lm

# src/os holds the real side of the seams; everything else but main is the core.
OS_SRC := $(wildcard src/os/*.c)
CORE_SRC := $(filter-out src/cmd/main.c,$(wildcard src/base/*.c src/api/*.c src/engine/*.c src/cmd/*.c))
FAKE_SRC := $(wildcard tests/fakes/*.c)
MOCK_SRC := $(wildcard tests/mock/*.c)
MOCK_LIB_SRC := $(filter-out tests/mock/server.c tests/mock/main.c,$(MOCK_SRC))
UNIT_SRC := $(wildcard tests/unit/test_*.c)
# Tests of the real seams link them; all others link the fakes.
OS_TESTS := $(foreach s,$(OS_SRC),$(filter tests/unit/test_$(notdir $(s)),$(UNIT_SRC)))
obj = $(patsubst %.c,$(B)/%.o,$(1))

.PHONY: all
all: $(B)/threadferry

$(B)/threadferry: $(call obj,src/cmd/main.c) $(B)/libcore.a $(B)/libos.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/libcore.a: $(call obj,$(CORE_SRC))
$(B)/libos.a: $(call obj,$(OS_SRC))
$(B)/libfakes.a: $(call obj,$(FAKE_SRC))
$(B)/libmock.a: $(call obj,$(MOCK_LIB_SRC))
$(B)/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/mock-api: $(call obj,tests/mock/server.c tests/mock/main.c) $(B)/libmock.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(MOCK_LIBS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests -MMD -MP -c -o $@ $<

UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))
OS_BIN := $(patsubst tests/unit/%.c,$(B)/unit/%,$(OS_TESTS))
$(filter-out $(OS_BIN),$(UNIT_BIN)): SEAM = $(B)/libfakes.a
$(OS_BIN): SEAM = $(B)/libos.a
$(B)/unit/%: $(B)/tests/unit/%.o $(B)/libcore.a $(B)/libos.a $(B)/libfakes.a $(B)/libmock.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $< -Wl,--start-group $(B)/libcore.a $(SEAM) $(B)/libmock.a -Wl,--end-group $(LDLIBS) -ljansson -lcmocka -lm

.PHONY: unit
unit: $(UNIT_BIN)
	@failed=0; for t in $(UNIT_BIN); do $$t >$$t.log 2>&1 || { cat $$t.log; failed=1; }; done; \
	grep -h '\[  PASSED  \]' $(addsuffix .log,$(UNIT_BIN)) | awk '{n += $$4} END {print n " unit tests passed"}'; exit $$failed

.PHONY: format
format:
	clang-format -i $$(git ls-files 'src/*.[ch]' 'tests/*.[ch]')

.PHONY: clean
clean:
	rm -rf $(B)

.PHONY: help
help:
	@echo "targets: all unit format clean"

.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
