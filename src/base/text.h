/*
 * Bounded parsing and printing of text over (pointer, length), and making
 * hostile text visible. No locale, no allocation unless said.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal integer over the whole span ("-12"); false on anything else or overflow. */
bool text_to_int(struct span text, int64_t *value);

/* Without white space (space, tab, CR, LF) at both ends. */
struct span text_trim(struct span text);

/* Next line of *rest without its LF or CRLF; false when nothing is left. */
bool text_next_line(struct span *rest, struct span *line);

/* How many LF it has. */
uint32_t text_count_lines(struct span text);

/* Length of the valid UTF-8 sequence at the start (1..4), or 0; overlong forms, surrogates and
 * values above U+10FFFF are invalid. *code gets the code point. */
size_t text_utf8_next(struct span text, uint32_t *code);

/* Length of the longest valid UTF-8 prefix; fast over ASCII. */
size_t text_utf8_valid_prefix(struct span text);

/* Length of the maximal subpart, as the WHATWG Encoding Standard counts them, of the invalid UTF-8
 * that text begins with: at least 1. */
size_t text_utf8_invalid_prefix(struct span text);

/* Number of code points of valid UTF-8. */
size_t text_utf8_count(struct span text);

/* Adds the UTF-8 form of a code point. */
void text_add_utf8(struct buf *out, uint32_t code);

struct text_range {
    uint32_t first;
    uint32_t last;
};

/* Is the code point in one of so many ranges, which are sorted? */
bool text_in_ranges(const struct text_range *ranges, size_t count, uint32_t code);

/* Columns on a terminal: 0 for combining marks and format characters, 2 for wide ones. */
int text_code_width(uint32_t code);
size_t text_width(struct span text);

/* Bytes at the start that are printable ASCII other than '"' and '\\': they stand for themselves on
 * a terminal and in JSON. Nearly all text is, and is decided by the word here. */
size_t text_plain_run(struct span text);

/* True for C0 (but not LF and TAB when is_multiline), DEL, C1, bidi controls, line and paragraph
 * separators, zero-width and tag characters that can hide text, and BOM. */
bool text_is_hostile(uint32_t code, bool is_multiline);

/* Adds text with every hostile character and every invalid byte made visible: "\x1b", "\u202e". */
void text_add_visible(struct buf *out, struct span text, bool is_multiline);

/* The same into a fixed buffer, cut (with "…") when it does not fit; always terminated. */
void text_visible(char *out, size_t size, struct span text);

/* True where the whole word has a beginning and a length that only API keys ("sk-…") and access
 * tokens ("eyJ…") have. */
bool text_is_key(struct span word);

/* The same, or as many letters and digits in a row as the keys of other services have: for places
 * in which such a word means nothing else. */
bool text_may_be_key(struct span word);

/* Puts "***" in the place of every word of a text that text_is_key(); with all_kinds also of what
 * stands between single quotes and text_may_be_key(). */
void text_mask_keys(char *text, bool all_kinds);

/* Adds text escaped for HTML content and attributes, hostile characters made visible. */
void text_add_html(struct buf *out, struct span text);

/* How the inside of a JSON string is written. */
enum {
    TEXT_JSON_NAMED = 1 << 0,   /* \n, \t … by their letters, not as \u000a */
    TEXT_JSON_VISIBLE = 1 << 1, /* hostile characters as \uXXXX: printing it harms no terminal */
};

/* Adds the inside of a JSON string (RFC 8259): what must be escaped, and what the flags say; bytes
 * that are not UTF-8 as U+FFFD. With TEXT_JSON_NAMED alone as RFC 8785 has it. */
void text_add_json_as(struct buf *out, struct span text, unsigned flags);

/* The same with TEXT_JSON_VISIBLE. */
void text_add_json(struct buf *out, struct span text);

/* Adds one CSV cell (RFC 4180), quoted where needed, hostile characters made visible; a cell that
 * a spreadsheet would run as a formula (= + - @ tab CR in front) gets a ' in front. */
void text_add_csv(struct buf *out, struct span text);

/* Adds the name of a file or a key as one word of a shell: quoted if it must be, hostile characters
 * made visible. */
void text_add_shell(struct buf *out, struct span word);

/* Adds a percent-encoded URL path segment or query value: unreserved characters stay, and a
 * segment of one or two dots is encoded, because it would move up the path. */
void text_add_url(struct buf *out, struct span text);

/* Writes two lower-case hex digits for each byte, and no NUL behind them. */
void text_write_hex(char *out, const void *data, size_t len);

/* Damerau-Levenshtein distance of two short words, for "did you mean". */
size_t text_distance(const char *a, const char *b);

/* The nearest of count words, or NULL where none is near enough to be meant. */
const char *text_nearest(const char *word, const char *const *words, size_t count);

/* A thread id as accepted everywhere: [A-Za-z0-9_.:-]{1,256}. */
bool text_is_thread_id(struct span id);

/* An id from a server or file: 1..256 bytes, no control characters, valid UTF-8. */
bool text_is_id(struct span id);

/* The same in a file of somebody else's: 1..256 characters, C1 controls are none either. */
bool text_is_archive_id(struct span id);

/* ISO 8601 ("2025-07-18T10:12:04.123Z", offsets, date only) to milliseconds since 1970. */
bool text_parse_iso8601(struct span text, int64_t *ms);

/* A time as programs print it and people keep it: ISO 8601 also with "/" or blanks before the zone,
 * dates of mail, HTTP, JavaScript, C and .NET, "21.05.2024 10:13". Never one that could be read in
 * two ways, such as 5/6/2024. */
bool text_parse_time(struct span text, int64_t *ms);

/* An HTTP date (RFC 9110 IMF-fixdate) to milliseconds since 1970. */
bool text_parse_http_date(struct span text, int64_t *ms);

/* Adds "2026-11-21T10:12:04Z". */
void text_add_iso8601(struct buf *out, int64_t ms);

/* Adds "1 h 02 min", "4.1 s", "120 ms": for people. */
void text_add_duration(struct buf *out, int64_t ms);

/* A number as people read it: "1,234,567", "1 item", "1,234 items". */
struct number {
    char text[64];
};
struct number text_number(int64_t number);
struct number text_count(int64_t number, const char *noun);

/* "67 bytes", "183 kB", "1.4 MB". */
struct number text_bytes(int64_t bytes);

#endif
