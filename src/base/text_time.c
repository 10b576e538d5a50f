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

/* With one separator twice, or with none. */
static bool take_year_month_day(struct span *text, struct date *date, const char *separator)
{
    return take_digits(text, 4, &date->year) &&
           (separator[0] == '\0' || take_any(text, separator)) &&
           take_digits(text, 2, &date->month) &&
           (separator[0] == '\0' || take_any(text, separator)) && take_digits(text, 2, &date->day);
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

bool text_parse_iso8601(struct span text, int64_t *ms)
{
    struct date date = {0};

    if (!take_year_month_day(&text, &date, "-"))
        return false;
    if (take_any(&text, "Tt ")) {
        if (!take_time_of_day(&text, &date) || !take_fraction(&text, &date.ms) ||
            !take_offset(&text, &date.offset_min))
            return false;
    }
    return text.len == 0 && date_to_ms(&date, ms);
}

static const char *const WEEKDAYS[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool text_parse_http_date(struct span text, int64_t *ms)
{
    struct date date = {0};

    if (take_word(&text, WEEKDAYS, 7) < 0 || !take_any(&text, ",") || !take_any(&text, " ") ||
        !take_digits(&text, 2, &date.day) || !take_any(&text, " "))
        return false;
    date.month = take_word(&text, MONTHS, 12) + 1;
    if (!take_any(&text, " ") || !take_digits(&text, 4, &date.year) || !take_any(&text, " ") ||
        !take_time_of_day(&text, &date) || !span_is(text, " GMT"))
        return false;
    return date_to_ms(&date, ms);
}

/* ---- times as programs print them ---- */

static bool take_text(struct span *text, const char *wanted)
{
    if (!span_starts_with(*text, wanted))
        return false;
    text->data += strlen(wanted);
    text->len -= strlen(wanted);
    return true;
}

static bool take_month(struct span *text, int *month)
{
    *month = take_word(text, MONTHS, 12) + 1;
    return *month > 0;
}

/* One digit or two, also after a blank: "5", " 5", "05". */
static bool take_day(struct span *text, int *day)
{
    (void)take_any(text, " ");
    return take_digits(text, 2, day) || take_digits(text, 1, day);
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

static bool take_clock(struct span *text, struct date *date)
{
    return take_time_of_day(text, date) && take_fraction(text, &date->ms);
}

/* "2024/05/21 10:13:20", "2024-05-21 10:13:20.5 UTC", "2024-05-21 10:13:20 +02:00". */
static bool parse_year_first(struct span text, struct date *date)
{
    const char *separator = text.len > 4 && text.data[4] == '/' ? "/" : "-";

    if (!take_year_month_day(&text, date, separator))
        return false;
    if (text.len == 0)
        return true;
    return take_any(&text, "Tt ") && take_clock(&text, date) && take_zone(&text, date);
}

/* "20240521T101320Z". */
static bool parse_compact(struct span text, struct date *date)
{
    return take_year_month_day(&text, date, "") && take_any(&text, "Tt") &&
           take_digits(&text, 2, &date->hour) && take_digits(&text, 2, &date->minute) &&
           take_digits(&text, 2, &date->second) && take_fraction(&text, &date->ms) &&
           take_zone(&text, date);
}

/* "21.05.2024 10:13". */
static bool parse_day_first(struct span text, struct date *date)
{
    if (!take_digits(&text, 2, &date->day) || !take_any(&text, ".") ||
        !take_digits(&text, 2, &date->month) || !take_any(&text, ".") ||
        !take_digits(&text, 4, &date->year))
        return false;
    if (text.len == 0)
        return true;
    (void)take_any(&text, ",");
    return take_any(&text, " ") && take_clock(&text, date) && take_zone(&text, date);
}

/* "Tue, 21 May 2024 10:13:20 +0200", the weekday optional. */
static bool parse_mail_date(struct span text, struct date *date)
{
    if (take_word(&text, WEEKDAYS, 7) >= 0 && !take_text(&text, ", "))
        return false;
    return take_day(&text, &date->day) && take_any(&text, " ") && take_month(&text, &date->month) &&
           take_any(&text, " ") && take_digits(&text, 4, &date->year) && take_any(&text, " ") &&
           take_clock(&text, date) && take_zone(&text, date);
}

/* "Tue May 21 2024 10:13:20 GMT+0000 (…)", "Tue May 21 10:13:20 2024". */
static bool parse_print(struct span text, struct date *date)
{
    if (take_word(&text, WEEKDAYS, 7) < 0 || !take_any(&text, " ") ||
        !take_month(&text, &date->month) || !take_any(&text, " ") || !take_day(&text, &date->day) ||
        !take_any(&text, " "))
        return false;
    if (text.len > 2 && text.data[2] == ':')
        return take_clock(&text, date) && take_any(&text, " ") &&
               take_digits(&text, 4, &date->year) && text.len == 0;
    return take_digits(&text, 4, &date->year) && take_any(&text, " ") && take_clock(&text, date) &&
           take_zone(&text, date);
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

bool text_parse_time(struct span text, int64_t *ms)
{
    static bool (*const FORMS[])(struct span, struct date *) = {
        parse_year_first, parse_compact, parse_day_first, parse_mail_date, parse_print,
    };

    if (text_parse_iso8601(text, ms) || parse_net_date(text, ms))
        return true;
    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        struct date date = {0};

        if (FORMS[i](text, &date) && date_to_ms(&date, ms))
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
