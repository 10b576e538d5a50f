#!/usr/bin/env python3
"""Random values as Python prints them, and as JSON: what test_python compares.

    python-prints.py SEED COUNT

For each value: a line with two lengths in bytes, the print, the JSON. The prints come from Python
itself: repr(), pprint at several widths, and one that breaks lines as rich and black do. Classes
print themselves as pydantic's do: Name(field=value, ...).
"""
import dataclasses
import datetime
import decimal
import enum
import json
import pprint
import random
import sys
import types
import uuid
from collections import OrderedDict, defaultdict, deque, namedtuple

TEXT = ["'", '"', "\\", "\n", "\r", "\t", "\0", "\x1b", "\x7f", "\x85", "\xad", "a", "B", " ", "7",
        "{", "}", "[", "(", ",", ":", "=", "<", ">", "...", "//", "é", "ß", "€", "—", "你好",
        "\u2028", "\ufeff", "\U0001f600", "\U000e0001", "\ud83d", "\udc00", "\\n", "\\x", "None",
        "long words that make pprint cut a string in two "]


class Model:
    """What pydantic's models look like when printed; Page[Message] is a name too."""

    def __init__(self, name, fields):
        self.name = name
        self.fields = fields

    def __repr__(self):
        return "%s(%s)" % (self.name, ", ".join("%s=%r" % f for f in self.fields.items()))


class Role(enum.Enum):
    USER = "user"
    ASSISTANT = "it's me"


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass
class Block:
    type: object
    value: object


class TzInfo(datetime.tzinfo):
    """As pydantic's."""

    def __init__(self, seconds):
        self.seconds = seconds

    def utcoffset(self, _):
        return datetime.timedelta(seconds=self.seconds)

    def __repr__(self):
        if self.seconds == 0:
            return "TzInfo(UTC)"
        sign, rest = ("-", -self.seconds) if self.seconds < 0 else ("+", self.seconds)
        return "TzInfo(%s%02d:%02d)" % (sign, rest // 3600, rest // 60 % 60)


Pair = namedtuple("Pair", "left right")
ZONES = [None, datetime.timezone.utc, TzInfo(0), TzInfo(-19800), TzInfo(3600),
         datetime.timezone(datetime.timedelta(hours=2)),
         datetime.timezone(datetime.timedelta(hours=-5, minutes=-30))]


def text(r):
    if r.random() < 0.3:
        return r.choice(["", "user", "thread_1", "msg_abc"])
    return "".join(r.choice(TEXT) for _ in range(r.choice([1, 2, 5, 12, 40])))


def key(r):
    if r.random() < 0.8: # what the reader of JSON takes as a key, and tells from others
        return "".join(c for c in text(r) if c != "\0" and not "\ud800" <= c <= "\udfff")
    return r.choice([1, -7, 2.5, True, None, 10**20])


def key_text(k):
    if isinstance(k, str):
        return k
    return {True: "true", None: "null"}.get(k) if k is True or k is None else repr(k)


def items(r, depth):
    found = OrderedDict()
    seen = set()
    for _ in range(r.randrange(4)):
        k = key(r)
        if key_text(k) not in seen:
            seen.add(key_text(k))
            found[k] = value(r, depth + 1)
    return found


def time(r):
    t = datetime.datetime(r.randrange(1, 9999), r.randrange(1, 13), r.randrange(1, 29),
                          r.randrange(24), r.randrange(60), r.choice([0, 59]),
                          r.choice([0, 7, 123456]), tzinfo=r.choice(ZONES))
    return t.replace(fold=1) if r.random() < 0.1 else t


def atom(r):
    return r.choice([
        lambda: None, lambda: True, lambda: False, lambda: 0, lambda: -1, lambda: r.randrange(10**9),
        lambda: 1e-05, lambda: 1e+16, lambda: r.random() * 1e6, lambda: text(r), lambda: text(r),
        lambda: r.choice(list(Role)), lambda: Level.LOW, lambda: time(r), lambda: time(r).date(),
        lambda: uuid.UUID(int=r.getrandbits(128)), lambda: decimal.Decimal("1.50"),
        lambda: text(r).encode("utf-8", "replace"),
    ])()


def value(r, depth=0):
    if depth > 6 or r.random() < 0.3:
        return atom(r)

    def some():
        return [value(r, depth + 1) for _ in range(r.randrange(4))]

    def fields():
        names = r.sample(["id", "role", "content", "größe", "_private", "thread_id", "None_"], 3)
        return {n: value(r, depth + 1) for n in names[:r.randrange(4)]}

    return r.choice([
        some, lambda: tuple(some()), lambda: dict(items(r, depth)), lambda: items(r, depth),
        lambda: defaultdict(r.choice([list, None, dict]), items(r, depth)), lambda: deque(some()),
        lambda: {text(r) for _ in range(r.randrange(2))}, # pprint sorts, repr does not
        lambda: frozenset(r.randrange(99) for _ in range(r.randrange(2))),
        lambda: types.MappingProxyType(dict(items(r, depth))),
        lambda: Model(r.choice(["Message", "SyncCursorPage[Message]", "a.b.Text", "Page[A, B[C]]"]),
                      fields()),
        lambda: Block(value(r, depth + 1), value(r, depth + 1)),
        lambda: Pair(value(r, depth + 1), value(r, depth + 1)),
    ])()


def as_iso(t):
    return t.isoformat()[:-6] + "Z" if t.utcoffset() == datetime.timedelta(0) else t.isoformat()


def plain(v):
    """The value in JSON's terms."""
    if isinstance(v, enum.Enum):
        return v.value
    if isinstance(v, datetime.datetime):
        return as_iso(v)
    if isinstance(v, (datetime.date, uuid.UUID, decimal.Decimal)):
        return str(v)
    if isinstance(v, bytes):
        return v.decode()
    if isinstance(v, (dict, types.MappingProxyType)):
        return {key_text(k): plain(x) for k, x in v.items()}
    if isinstance(v, Model):
        return {k: plain(x) for k, x in v.fields.items()}
    if isinstance(v, Block):
        return {"type": plain(v.type), "value": plain(v.value)}
    if isinstance(v, Pair):
        return {k: plain(x) for k, x in v._asdict().items()}
    if isinstance(v, (list, tuple, set, frozenset, deque)):
        return [plain(x) for x in v]
    return v


def spread(v, level=0):
    """One item a line, a comma after the last, as rich and black print."""
    pad, end = "\n" + "    " * (level + 1), "\n" + "    " * level
    if isinstance(v, Model) and v.fields:
        inside = ["%s=%s" % (k, spread(x, level + 1)) for k, x in v.fields.items()]
        return v.name + "(" + "".join(pad + i + "," for i in inside) + end + ")"
    if type(v) is dict and v:
        inside = ["%r: %s" % (k, spread(x, level + 1)) for k, x in v.items()]
        return "{" + "".join(pad + i + "," for i in inside) + end + "}"
    if type(v) is list and v:
        return "[" + "".join(pad + spread(x, level + 1) + "," for x in v) + end + "]"
    return repr(v)


def shown(r, v):
    way = r.randrange(8)
    if way == 0:
        return spread(v)
    if way > 5:
        return repr(v)
    return pprint.pformat(v, width=[20, 40, 80, 160, 1000][way - 1], indent=r.choice([1, 2, 4]),
                          compact=r.random() < 0.5, sort_dicts=False)


def main():
    r = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        v = value(r)
        while not isinstance(v, (list, tuple, dict, Model, Block, Pair, defaultdict, deque)):
            v = value(r)
        printed = shown(r, v).encode("utf-8", "surrogatepass")
        wanted = json.dumps(plain(v)).encode()
        sys.stdout.buffer.write(b"%d %d\n%s%s" % (len(printed), len(wanted), printed, wanted))


main()
