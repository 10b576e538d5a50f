#include "base/text.h"

#include "base/ascii.h"

#include <inttypes.h>
#include <time.h>

enum {
    MS_PER_S = 1000,
    S_PER_MIN = 60,
    S_PER_H = 3600,
    S_PER_DAY = 86400,
};

struct date {
    int year;
    int month;
    int day;
    int hour;
    int minute;
    int second;
    int ms;
    int offset_min; /* east of UTC */
};

static bool is_valid_date(const struct date *date)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (date->year % 4 == 0 && date->year % 100 != 0) || date->year % 400 == 0;

    if (date->month < 1 || date->month > 12 || date->day < 1)
        return false;
    if (date->day > DAYS[date->month - 1] + (date->month == 2 && is_leap))
        return false;
    /* 60 is a leap second. */
    return date->hour <= 23 && date->minute <= 59 && date->second <= 60;
}

static bool date_to_ms(const struct date *date, int64_t *ms)
{
    struct tm tm = {
        .tm_year = date->year - 1900,
        .tm_mon = date->month - 1,
        .tm_mday = date->day,
        .tm_hour = date->hour,
        .tm_min = date->minute,
        .tm_sec = date->second,
    };

    if (!is_valid_date(date))
        return false;
    *ms = ((int64_t)timegm(&tm) - (int64_t)date->offset_min * S_PER_MIN) * MS_PER_S + date->ms;
    return true;
}

/* Takes one of the characters from the front. */
static bool take_any(struct span *text, const char *characters)
{
    if (text->len == 0 || text->data[0] == '\0' || !strchr(characters, text->data[0]))
        return false;
    text->data++;
    text->len--;
    return true;
}

/* Takes exactly so many digits. */
static bool take_digits(struct span *text, size_t count, int *number)
{
    *number = 0;
    if (text->len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!ascii_is_digit(text->data[i]))
            return false;
        *number = *number * 10 + (text->data[i] - '0');
    }
    text->data += count;
    text->len -= count;
    return true;
}

/* Takes one of the words, all three bytes long; its index, or -1. */
static int take_word(struct span *text, const char *const *words, int count)
{
    for (int i = 0; i < count; i++) {
        if (!span_starts_with(*text, words[i]))
            continue;
        text->data += 3;
        text->len -= 3;
        return i;
    }
    return -1;
}

/* Digits after the point; what is finer than a millisecond is dropped. */
static bool take_fraction(struct span *text, int *ms)
{
    int digit;
    int unit = 100;

    if (!take_any(text, ".,"))
        return true;
    if (!take_digits(text, 1, &digit))
        return false;
    do {
        *ms += digit * unit;
        unit /= 10;
    } while (take_digits(text, 1, &digit));
    return true;
}

/* "Z", "+02:00", "+0200", "+02"; none means UTC. */
static bool take_offset(struct span *text, int *offset_min)
{
    int sign;
    int hours;
    int minutes = 0;

    if (text->len == 0 || take_any(text, "Zz"))
        return true;
    sign = text->data[0] == '-' ? -1 : 1;
    if (!take_any(text, "+-") || !take_digits(text, 2, &hours))
        return false;
    (void)take_any(text, ":");
    if (text->len > 0 && !take_digits(text, 2, &minutes))
        return false;
    *offset_min = sign * (hours * 60 + minutes);
    return hours <= 23 && minutes <= 59;
}

static bool take_time_of_day(struct span *text, struct date *date)
{
    if (!take_digits(text, 2, &date->hour) || !take_any(text, ":") ||
        !take_digits(text, 2, &date->minute))
        return false;
    if (!take_any(text, ":"))
        return true;
    return take_digits(text, 2, &date->second);
}

static const char *const WEEKDAYS[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static bool take_text(struct span *text, const char *wanted)
{
    if (!span_starts_with(*text, wanted))
        return false;
    text->data += strlen(wanted);
    text->len -= strlen(wanted);
    return true;
}

/* What may follow the time of day: "", " UTC", " GMT+0200 (…)", " +02:00". */
static bool take_zone(struct span *text, struct date *date)
{
    (void)take_any(text, " ");
    if (take_text(text, "UTC") || take_text(text, "GMT")) {
        if (text->len == 0 || text->data[0] == ' ')
            date->offset_min = 0;
    }
    if (text->len > 5 && text->data[text->len - 1] == ')') {
        const char *from = memchr(text->data, '(', text->len);

        if (!from || from == text->data || from[-1] != ' ')
            return false;
        text->len = (size_t)(from - 1 - text->data);
    }
    return take_offset(text, &date->offset_min) && text->len == 0;
}

/* " AM", "PM": what a clock of twelve hours says beside the hour. JavaScript writes a narrow blank
 * (U+202F) before it. */
static bool take_half(struct span *text, struct date *date)
{
    struct span rest = *text;
    bool is_late;

    if (!take_text(&rest, "\xE2\x80\xAF"))
        (void)take_any(&rest, " ");
    is_late = rest.len > 0 && (rest.data[0] == 'P' || rest.data[0] == 'p');
    if (!take_any(&rest, "AaPp") || !take_any(&rest, "Mm"))
        return true;
    *text = rest;
    if (date->hour < 1 || date->hour > 12)
        return false;
    date->hour = date->hour % 12 + (is_late ? 12 : 0);
    return true;
}

static bool take_clock(struct span *text, struct date *date)
{
    const bool is_short = text->len > 1 && text->data[1] == ':';

    if (!take_digits(text, is_short ? 1 : 2, &date->hour) || !take_any(text, ":") ||
        !take_digits(text, 2, &date->minute) ||
        (take_any(text, ":") && !take_digits(text, 2, &date->second)))
        return false;
    return take_fraction(text, &date->ms) && take_half(text, date);
}

/*
 * Takes a part of a form from the front. Letters stand for:
 *
 *   Y   year, four digits             m d  month, day, two digits
 *   e   day, also "5" and " 5"        b a  name of a month, of a weekday
 *   n   month, also "5"
 *   x   between date and time: "T", "t" or a blank
 *   s   time of day                   c    the same, perhaps with a fraction, AM or PM
 *   h   the same without colons       o z  offset, zone, up to the end
 *
 * and everything else for itself.
 */
static bool take_part(struct span *text, char part, struct date *date)
{
    switch (part) {
    case 'Y':
        return take_digits(text, 4, &date->year);
    case 'm':
        return take_digits(text, 2, &date->month);
    case 'd':
        return take_digits(text, 2, &date->day);
    case 'e':
        (void)take_any(text, " ");
        return take_digits(text, 2, &date->day) || take_digits(text, 1, &date->day);
    case 'n':
        return take_digits(text, 2, &date->month) || take_digits(text, 1, &date->month);
    case 'b':
        date->month = take_word(text, MONTHS, 12) + 1;
        return date->month > 0;
    case 'a':
        return take_word(text, WEEKDAYS, 7) >= 0;
    case 'x':
        return take_any(text, "Tt ");
    case 's':
        return take_time_of_day(text, date);
    case 'c':
        return take_clock(text, date);
    case 'h':
        return take_digits(text, 2, &date->hour) && take_digits(text, 2, &date->minute) &&
               take_digits(text, 2, &date->second) && take_fraction(text, &date->ms);
    case 'o':
        return take_offset(text, &date->offset_min);
    case 'z':
        return take_zone(text, date);
    }
    return take_any(text, (const char[]){part, '\0'});
}

static bool parse_as(const char *form, struct span text, int64_t *ms)
{
    struct date date = {0};

    for (; *form; form++) {
        if (!take_part(&text, *form, &date))
            return false;
    }
    return text.len == 0 && date_to_ms(&date, ms);
}

bool text_parse_iso8601(struct span text, int64_t *ms)
{
    return parse_as("Y-m-d", text, ms) || parse_as("Y-m-dxco", text, ms);
}

bool text_parse_http_date(struct span text, int64_t *ms)
{
    return parse_as("a, d b Y s GMT", text, ms);
}

/* "/Date(1716286400000)/", with an offset that says nothing about the instant. */
static bool parse_net_date(struct span text, int64_t *ms)
{
    struct span digits;

    if (!take_text(&text, "/Date(") || text.len < 3 ||
        memcmp(text.data + text.len - 2, ")/", 2) != 0)
        return false;
    digits = (struct span){text.data, text.len - 2};
    for (size_t i = 1; i < digits.len; i++) {
        if (digits.data[i] == '+' || digits.data[i] == '-')
            digits.len = i;
    }
    return text_to_int(digits, ms);
}

/* "5/21/2024, 10:13:20 AM": the day is the number that can be no month. "5/6/2024" is no time: it
 * could be either of two days. */
static bool parse_year_last(struct span text, int64_t *ms)
{
    static const char *const FORMS[][2] = {
        {"e/n/Y", "n/e/Y"}, {"e/n/Y cz", "n/e/Y cz"}, {"e/n/Y, cz", "n/e/Y, cz"},
        {"e-n-Y", "n-e-Y"}, {"e-n-Y cz", "n-e-Y cz"}, {"e-n-Y, cz", "n-e-Y, cz"},
    };

    for (size_t i = 0; i < COUNT_OF(FORMS); i++) {
        int64_t european;
        int64_t american;
        const bool day_first = parse_as(FORMS[i][0], text, &european);
        const bool month_first = parse_as(FORMS[i][1], text, &american);

        if (!day_first && !month_first)
            continue;
        if (day_first && month_first && european != american)
            return false;
        *ms = day_first ? european : american;
        return true;
    }
    return false;
}

bool text_parse_time(struct span text, int64_t *ms)
{
    static const char *const FORMS[] = {
        "Y-m-dxcz",    /* 2024-05-21 10:13:20.5 UTC, 2024-05-21 10:13:20 +02:00 */
        "Y/m/d",       /* 2024/05/21 */
        "Y/m/dxcz",    /* 2024/05/21 10:13:20 */
        "YmdThz",      /* 20240521T101320Z */
        "Ymdthz",      /* 20240521t101320z */
        "e.n.Y",       /* 21.05.2024 */
        "e.n.Y cz",    /* 21.05.2024 10:13 */
        "e.n.Y, cz",   /* 1.5.2024, 10:13 */
        "e b Y cz",    /* 21 May 2024 10:13:20 +0200 */
        "a, e b Y cz", /* Tue, 21 May 2024 10:13:20 +0200 */
        "a b e c Y",   /* Tue May 21 10:13:20 2024 */
        "a b e Y cz",  /* Tue May 21 2024 10:13:20 GMT+0000 (…) */
    };

    if (text_parse_iso8601(text, ms) || parse_net_date(text, ms) || parse_year_last(text, ms))
        return true;
    for (size_t i = 0; i < COUNT_OF(FORMS); i++) {
        if (parse_as(FORMS[i], text, ms))
            return true;
    }
    return false;
}

/* Rounds down on both sides of 1970. */
static int64_t floor_divide(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

void text_add_iso8601(struct buf *out, int64_t ms)
{
    const time_t seconds = (time_t)floor_divide(ms, MS_PER_S);
    struct tm tm;

    /* Only a year that does not fit fails. */
    if (!gmtime_r(&seconds, &tm)) {
        buf_add_text(out, "?");
        return;
    }
    buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
               tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void text_add_duration(struct buf *out, int64_t ms)
{
    const int64_t seconds = ms / MS_PER_S;

    if (ms < MS_PER_S)
        buf_printf(out, "%" PRId64 " ms", ms > 0 ? ms : 0);
    else if (seconds < S_PER_MIN)
        buf_printf(out, "%" PRId64 ".%" PRId64 " s", seconds, ms % MS_PER_S / 100);
    else if (seconds < S_PER_H)
        buf_printf(out, "%" PRId64 " min %02" PRId64 " s", seconds / S_PER_MIN,
                   seconds % S_PER_MIN);
    else if (seconds < S_PER_DAY)
        buf_printf(out, "%" PRId64 " h %02" PRId64 " min", seconds / S_PER_H,
                   seconds % S_PER_H / S_PER_MIN);
    else
        buf_printf(out, "%" PRId64 " d %02" PRId64 " h", seconds / S_PER_DAY,
                   seconds % S_PER_DAY / S_PER_H);
}
