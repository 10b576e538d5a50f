#!/usr/bin/env python3
"""Archives that nobody made by hand: each seed gives a random archive and one mutation of it (MUTATIONS
below is the list), and the program has to be right about it.

  archives.py BATCH [--seeds N] [--first SEED] [--only MUTATION] [--keep FOLDER] [--result FILE]

BATCH is the program of batch.c. After every run:

  * a thread that comes out is exactly the thread that was put in: its messages, in order, and nobody else's;
  * a thread that does not come out is named on standard error (unless a torn document has lost its name),
    and the exit status is not 0;
  * the ledger says what was put in: taken, duplicate and unread places;
  * what changes nothing (another encoding, a wrapper, another file name) changes nothing.

It ends with "N passed, M failed"; a failure prints its seed. --keep leaves the archive of the last seed.
"""

import argparse
import csv
import gzip
import io
import json
import os
import random
import shutil
import string
import subprocess
import sys
import tempfile

ALNUM = string.ascii_letters + string.digits


class Archive:
    """What is written, and what the program has to make of it."""

    def __init__(self, rng):
        self.rng = rng
        self.files = []
        self.threads = {}  # id -> [(role, text)], in order
        self.fails = set()  # threads that may not come out
        self.taken = 0
        self.duplicate = 0
        self.unread = 0
        self.counts = True  # the ledger is known to the last place
        self.neutral = True  # everything comes out and the exit status is 0
        self.clock = 1700000000

    def new_id(self, prefix):
        return prefix + "".join(self.rng.choices(ALNUM, k=24))

    def new_thread(self, size):
        thread = self.new_id("thread_")
        messages = []
        for number in range(size):
            self.clock += self.rng.randint(1, 9)
            role = "assistant" if number % 2 else "user"
            text = "%s says %d" % (thread[-5:], number)
            messages.append({"id": self.new_id("msg_"), "thread": thread, "role": role, "text": text,
                             "time": self.clock})
        self.threads[thread] = [(m["role"], m["text"]) for m in messages]
        self.taken += size
        return thread, messages

    def some_threads(self, most=3):
        return [self.new_thread(self.size()) for _ in range(self.rng.randint(1, most))]

    def size(self):
        return self.rng.choice([1, 2, 2, 3, 4, 5, 7, 11, 21, 23])

    def strike(self):
        """One message is no longer understood."""
        self.neutral = False
        self.taken -= 1
        self.unread += 1


class File:
    """kind: document, documents, lines, rows (CSV) or events; body: their values. lists are the Python lists in
    body that hold messages, each with the id of its thread or None where it holds several."""

    def __init__(self, name, kind, body, lists, nested=False):
        self.name = name
        self.kind = kind
        self.body = body
        self.lists = lists
        self.nested = nested  # its messages do not name their thread, what is around them does
        self.nameless = False  # nothing in it names a thread: its own name does
        self.indent = None
        self.encode = lambda data: data
        self.raw = None  # lines to be put in as they are: (position, bytes)
        self.cut = None
        self.is_chained = False  # a page of several
        self.is_last_page = False

    def text(self):
        dumps = lambda value: dump(value, self.indent)
        if self.kind == "document":
            return dumps(self.body)
        if self.kind == "documents":
            return "\n".join(dumps(document) for document in self.body) + "\n"
        if self.kind == "lines":
            return "".join(dump(line, None) + "\n" for line in self.body)
        if self.kind == "events":
            return "".join("event: %s\ndata: %s\n\n" % (event, dump(data, None)) for event, data in self.body) + \
                "event: done\ndata: [DONE]\n\n"
        out = io.StringIO()
        columns = [c for c in self.body[0] if c != "more cells"]
        table = csv.writer(out)
        table.writerow(columns)
        for row in self.body:
            table.writerow([row[c] for c in columns] + row.get("more cells", []))
        return out.getvalue()

    def bytes(self):
        data = self.text().encode()
        if self.raw:
            lines = data.split(b"\n")
            lines.insert(min(self.raw[0], len(lines) - 1), self.raw[1])
            data = b"\n".join(lines)
        if self.cut is not None:
            data = data[:self.cut(data)]
        return self.encode(data)


def dump(value, indent):
    # A member that stands twice: see key_twice() and key_twice_around().
    return json.dumps(value, indent=indent).replace(' again"', '"')


def api(message, with_thread=True):
    out = {"id": message["id"], "object": "thread.message", "created_at": message["time"]}
    if with_thread:
        out["thread_id"] = message["thread"]
    out["role"] = message["role"]
    out["content"] = [{"type": "text", "text": {"value": message["text"], "annotations": []}}]
    out["metadata"] = {}
    return out


def flat(message, with_thread=True):
    out = {"id": message["id"], "role": message["role"], "content": message["text"], "created_at": message["time"]}
    if with_thread:
        out["thread_id"] = message["thread"]
    return out


def thread_object(thread):
    return {"id": thread, "object": "thread", "created_at": 1700000000, "metadata": {"who": thread[-5:]}}


def page_of(messages, more=False):
    return {"object": "list", "data": messages, "first_id": messages[0]["id"] if messages else None,
            "last_id": messages[-1]["id"] if messages else None, "has_more": more}


# --- forms: each adds threads and files to an archive -----------------------------------------------------


def form_page(a):
    thread, messages = a.new_thread(a.size())
    data = [api(m) for m in messages]
    if a.rng.random() < 0.5:
        data.reverse()
    a.files.append(File("page-%s.json" % thread[-4:], "document", page_of(data), [(data, thread)]))


def form_pages(a):
    thread, messages = a.new_thread(a.rng.randint(3, 9))
    data = [api(m) for m in messages]
    if a.rng.random() < 0.5:
        data.reverse()
    at = a.rng.randint(1, len(data) - 1)
    first, second = data[:at], data[at:]
    pages = [page_of(first, True), page_of(second, False)]
    name = thread[-4:]
    if a.rng.random() < 0.5:
        a.files.append(File("%s.json" % name, "documents", pages, [(first, thread), (second, thread)]))
    else:
        a.files.append(File("%s-1.json" % name, "document", pages[0], [(first, thread)]))
        a.files.append(File("%s-2.json" % name, "document", pages[1], [(second, thread)]))
        a.files[-2].is_chained = True
    a.files[-1].is_chained = a.files[-1].is_last_page = True


def mixed(a, make):
    threads = a.some_threads()
    everything = sorted((m for _, messages in threads for m in messages), key=lambda m: m["time"])
    if a.rng.random() < 0.5:
        a.rng.shuffle(threads)
        everything = [m for _, messages in threads for m in messages]
    out = [make(m) for m in everything]
    return out, threads[0][0] if len(threads) == 1 else None


def form_array(a):
    data, owner = mixed(a, a.rng.choice([api, flat]))
    a.files.append(File("all.json", "document", data, [(data, owner)]))


def form_lines(a):
    data, owner = mixed(a, a.rng.choice([api, flat]))
    a.files.append(File("rows.jsonl", "lines", data, [(data, owner)]))


def form_rows(a):
    data, owner = mixed(a, flat)
    a.files.append(File("table.csv", "rows", data, [(data, owner)]))


def container(a, wrapped):
    thread, messages = a.new_thread(a.size())
    data = [api(m, False) for m in messages]
    if wrapped:
        return {"thread": thread_object(thread), "fetched_at": "2026-08-01", "messages": data}, data, thread
    out = thread_object(thread)
    out["messages"] = data
    return out, data, thread


def form_container(a):
    body, data, thread = container(a, a.rng.random() < 0.5)
    a.files.append(File("one-%s.json" % thread[-4:], "document", body, [(data, thread)], True))


def form_containers(a):
    parts = [container(a, False) for _ in range(a.rng.randint(1, 3))]
    bodies = [p[0] for p in parts]
    lists = [(p[1], p[2]) for p in parts]
    if a.rng.random() < 0.5:
        a.files.append(File("threads.jsonl", "lines", bodies, lists, True))
    else:
        a.files.append(File("threads.json", "document", {"threads": bodies}, lists, True))


def form_map(a):
    threads = a.some_threads()
    body, lists = {}, []
    for thread, messages in threads:
        data = [a.rng.choice([api, flat])(m, False) for m in messages]
        lists.append((data, thread))
        body[thread] = page_of(data) if a.rng.random() < 0.3 else data
    a.files.append(File("by-thread.json", "document", body, lists, True))


def form_own(a):
    lines, lists = [], []
    for thread, messages in a.some_threads():
        data = [{"kind": "message", "thread_id": thread, "object": api(m, False)} for m in messages]
        lines += [{"kind": "thread", "thread_id": thread, "object": thread_object(thread)}] + data
        lines.append({"kind": "end", "thread_id": thread, "messages": len(data), "runs": 0, "run_steps": 0,
                      "losses": {}})
    a.files.append(File("saved.jsonl", "lines", lines, []))


def form_reply(a):
    thread, messages = a.new_thread(a.size())
    data = [api(m) for m in messages]
    page = page_of(data)
    request = {"url": "https://api.openai.com/v1/threads/%s/messages" % thread, "role": "user", "content": "asked"}
    body = a.rng.choice([
        lambda: {"request": request, "response": {"status": 200, "body": page}},
        lambda: {"entries": [{"RequestUri": request["url"], "StatusCode": 200, "ResponseBody": page}]},
    ])()
    a.files.append(File("reply-%s.json" % thread[-4:], "document", body, [(data, thread)]))


def form_events(a):
    thread, messages = a.new_thread(a.rng.randint(1, 4))
    events = [("thread.message.completed", dict(api(m), status="completed")) for m in messages]
    a.files.append(File("stream-%s.txt" % thread[-4:], "events", events, []))


def form_pairs(a):
    threads = a.some_threads()
    lists = [([flat(m, False) for m in messages], thread) for thread, messages in threads]
    body = [[thread, a.rng.choice([lambda d: d, page_of])(data)] for data, thread in lists]
    a.files.append(File("entries.json", "document", body, lists, True))


def form_folder(a):
    thread, messages = a.new_thread(a.rng.randint(2, 9))
    data = [api(m, False) for m in messages]
    if a.rng.random() < 0.5:
        data.reverse()
    at = a.rng.randint(1, len(data) - 1)
    for number, (part, more) in enumerate([(data[:at], True), (data[at:], False)], 1):
        f = File("%s/page_%d.json" % (thread, number), "document", page_of(part, more), [(part, thread)], True)
        f.is_chained = f.nameless = True
        a.files.append(f)
    a.files[-1].is_last_page = True


def talk(a, name, size):
    """A talk of which nothing names the thread: instructions, then questions and answers."""
    out = [("system", "be kind")] + [("assistant" if n % 2 else "user", "%s %d" % (name, n)) for n in range(size)]
    return [{"id": a.new_id("m_"), "role": role, "content": text} for role, text in out]


def form_nameless(a):
    name = "talk-%s" % a.new_id("")[:6].lower()
    data = talk(a, name, a.rng.randint(1, 9))
    a.threads[name] = [(m["role"], m["content"]) for m in data]
    a.taken += len(data)
    a.files.append(File(name + ".jsonl", "lines", data, [(data, name)], True))
    a.files[-1].nameless = True


FORMS = [form_page, form_pages, form_array, form_lines, form_rows, form_container, form_containers, form_map,
         form_own, form_reply, form_events, form_pairs, form_folder, form_nameless]


# --- mutations: each returns False where the archive has no place for it ----------------------------------


def pick_list(a, want=lambda f, data, owner: True):
    found = [(f, data, owner) for f in a.files for data, owner in f.lists if data and want(f, data, owner)]
    return a.rng.choice(found) if found else None


def pick_message(a):
    """A list and the place of a message in it; lists of one message have rules of their own."""
    found = pick_list(a, lambda f, data, owner: len(data) > 1)
    return (*found, a.rng.randrange(len(found[1]))) if found else None


def insert(a, value, kinds=("document", "documents", "lines")):
    found = pick_list(a, lambda f, data, owner: f.kind in kinds)
    if not found:
        return False
    f, data, owner = found
    data.insert(a.rng.randint(0, len(data)), value)
    a.unread += 1
    a.neutral = False
    if owner:
        a.fails.add(owner)
    return True


def nothing(a):
    """The archive as it is."""


def stray_value(a):
    """null, a number, a text or an unknown object in a list of messages."""
    return insert(a, a.rng.choice([None, 7, "a word", {"colour": "red"}]))


def other_kind(a):
    """An object of another API in a list of messages."""
    choice = {"index": 0, "message": {"role": "assistant", "content": "of another API"}}
    return insert(a, {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "choices": [choice]})


def error_reply(a):
    """A server's refusal in a list of messages."""
    return insert(a, {"error": {"message": "The server had an error", "type": "server_error", "param": None,
                                "code": None}})


def no_role(a):
    """The role is taken out of a message."""
    found = pick_message(a)
    if not found or found[0].kind == "rows":
        return False
    del found[1][found[3]]["role"]
    a.strike()


def no_content(a):
    """The content of a message is under a key that nobody knows."""
    found = pick_message(a)
    if not found or found[0].kind == "rows":
        return False
    message = found[1][found[3]]
    message["words"] = message.pop("content")
    a.strike()


def key_twice(a):
    """A message has its role twice."""
    found = pick_message(a)
    if not found or found[0].kind == "rows":
        return False
    found[1][found[3]]["role again"] = "user"
    a.strike()


def not_text(a):
    """A text that a program printed in the place of an object."""
    found = pick_message(a)
    if not found:
        return False
    found[1][found[3]]["content"] = "[object Object]"
    a.strike()


def other_thread(a):
    """A message names a thread that no other message names."""
    found = pick_message(a)
    if not found or found[0].nameless:
        return False
    f, data, owner, at = found
    message = data[at]
    new = a.new_id("thread_")
    old = message.get("thread_id") or owner
    text = message["content"] if isinstance(message["content"], str) else message["content"][0]["text"]["value"]
    pair = (message["role"], text)
    message["thread_id"] = new
    a.threads[old] = [p for p in a.threads[old] if p != pair]
    a.threads[new] = [pair]
    if f.nested:
        a.neutral = False
        a.fails.update([old, new])
    elif len(a.threads[old]) in (0, 20):
        return False  # twenty without any sign of an end are another case
    elif f.is_chained:
        a.neutral = False  # the page of a chain: the other thread has only a part of one


def last_page_lost(a):
    """The page that ends a chain is missing."""
    files = [f for f in a.files if f.is_last_page]
    if not files:
        return False
    f = a.rng.choice(files)
    data, owner = f.lists[-1]
    if f.kind == "documents":
        f.body.pop()
    else:
        a.files.remove(f)
    a.taken -= len(data)
    a.neutral = False
    a.fails.add(owner)


def copied_message(a):
    """A message is there twice, the same."""
    found = pick_list(a)
    if not found:
        return False
    f, data, owner = found
    at = a.rng.randrange(len(data))
    data.insert(at, dict(data[at]))
    a.duplicate += 1


def one_id_two_messages(a):
    """Two messages of one thread have one id."""
    found = pick_list(a, lambda f, data, owner: f.kind != "rows")
    if not found:
        return False
    f, data, owner = found
    at = a.rng.randrange(len(data))
    other = json.loads(json.dumps(data[at]))
    if isinstance(other["content"], str):
        other["content"] += " or not"
    else:
        other["content"][0]["text"]["value"] += " or not"
    a.fails.add(other.get("thread_id") or owner)
    data.insert(at, other)
    a.neutral = False
    a.taken += 1


def nul_line(a):
    """A line of NUL bytes among lines."""
    files = [f for f in a.files if f.kind == "lines" and len(f.body) > 1]
    if not files:
        return False
    f = a.rng.choice(files)
    f.raw = (a.rng.randint(1, len(f.body) - 1), bytes(40))
    a.unread += 1
    a.neutral = False


def torn_line(a):
    """The last line breaks off, after the id of its thread."""
    files = [f for f in a.files if f.kind == "lines" and f.lists and len(f.lists[0][0]) > 1 and
             f.lists[0][0] is f.body and list(f.body[-1])[-1] != "thread_id"]
    if not files:
        return False
    f = a.rng.choice(files)
    f.cut = lambda data: len(data) - 1 - a.rng.randint(2, len(data.rstrip().split(b"\n")[-1]) // 3)
    a.strike()


def torn_document(a):
    """A document breaks off anywhere (a page of a chain in several files leaves no name behind)."""
    files = [f for f in a.files if f.kind == "document" and not f.is_chained]
    if not files:
        return False
    f = a.rng.choice(files)
    f.cut = lambda data: a.rng.randint(1, len(data) - 1)
    a.counts = False
    a.neutral = False


def one_cell_more(a):
    """A row has more cells than the header."""
    found = pick_list(a, lambda f, data, owner: f.kind == "rows" and len(data) > 1)
    if not found:
        return False
    found[1][a.rng.randrange(len(found[1]))]["more cells"] = ["x"]
    a.strike()


def no_thread(a):
    """A row says that it has no thread."""
    found = pick_list(a, lambda f, data, owner: f.kind in ("rows", "lines") and not f.nested and len(data) > 1)
    if not found:
        return False
    f, data, owner = found
    message = a.rng.choice(data)
    text = message["content"] if isinstance(message["content"], str) else message["content"][0]["text"]["value"]
    thread = message["thread_id"]
    if len(a.threads[thread]) < 2:
        return False
    a.threads[thread] = [p for p in a.threads[thread] if p[1] != text]
    message["thread_id"] = None if f.kind == "lines" else "NULL"
    a.strike()


def two_threads(a):
    """A message names a second thread."""
    found = pick_message(a)
    if not found or found[0].kind == "rows" or "thread_id" not in found[1][found[3]]:
        return False
    message = found[1][found[3]]
    message["threadId"] = a.new_id("thread_")
    a.fails.add(message["thread_id"])
    a.strike()


def thread_key_renamed(a):
    """The id of a message's thread is under a key that nobody knows."""
    found = pick_list(a, lambda f, data, owner: f.kind == "lines" and not owner and len(data) > 1)
    if not found:
        return False
    message = a.rng.choice(found[1])
    thread = message["thread_id"]
    if len(a.threads[thread]) < 2:
        return False
    text = message["content"] if isinstance(message["content"], str) else message["content"][0]["text"]["value"]
    a.threads[thread] = [p for p in a.threads[thread] if p[1] != text]
    message["ref"] = message.pop("thread_id")
    a.strike()


def merged_cells(a):
    """A table has the thread's id in the first row of each thread only."""
    tables = []
    for f in a.files:
        if f.kind == "rows":
            names = [row["thread_id"] for row in f.body]
            blocks = [n for n, name in enumerate(names) if n == 0 or names[n - 1] != name]
            if len(blocks) == len(set(names)) < len(names):
                tables.append((f, names, blocks))
    if not tables:
        return False
    f, names, blocks = a.rng.choice(tables)
    for n, row in enumerate(f.body):
        if n not in blocks:
            row["thread_id"] = ""
            a.fails.add(names[n])
            a.strike()


def second_talk(a):
    """After a talk that nothing names comes another."""
    files = [f for f in a.files if f.nameless and f.kind == "lines" and len(f.body) > 2]
    if not files:
        return False
    f = a.rng.choice(files)
    more = talk(a, "another", a.rng.randint(1, 5))
    f.body.extend(more)
    a.taken += len(more)
    a.fails.add(f.lists[0][1])
    a.neutral = False


def key_twice_around(a):
    """What holds the messages of a thread has their key twice."""
    found = [(f, c) for f in a.files for c in ([f.body] if f.kind == "document" else f.body)
             if isinstance(c, dict) and c.get("messages") and f.nested and not f.nameless]
    if not found:
        return False
    f, container = a.rng.choice(found)
    count = len(container["messages"])
    container["messages again"] = []
    a.fails.add(next(owner for data, owner in f.lists if data is container["messages"]))
    a.taken -= count
    a.unread += 1
    a.neutral = False


def more_by_cursor(a):
    """Pages say by a cursor whether more follows."""
    pages = [p for f in a.files for p in (f.body if f.kind == "documents" else [f.body])
             if isinstance(p, dict) and "has_more" in p]
    for page in pages:
        page[a.rng.choice(["next_cursor", "nextPageToken"])] = "cHRy" if page.pop("has_more") else None
    return None if pages else False


def escaped_keys(a):
    """Keys are written with escapes."""
    files = [f for f in a.files if f.kind in ("document", "documents", "lines") and not f.raw]
    if not files:
        return False
    key = a.rng.choice([b"thread_id", b"role", b"messages", b"has_more"])
    a.rng.choice(files).encode = lambda data: data.replace(b'"%s":' % key, b'"\\u%04x%s":' % (key[0], key[1:]))


def encoded(a):
    """UTF-16, a byte order mark, gzip."""
    f = a.rng.choice(a.files)
    f.encode = a.rng.choice([
        lambda data: data.decode().encode("utf-16-le"),
        lambda data: data.decode().encode("utf-16-be"),
        lambda data: data.decode().encode("utf-16"),
        lambda data: b"\xef\xbb\xbf" + data,
        gzip.compress,
        lambda data: gzip.compress(data.decode().encode("utf-16")),
    ])


def wrapped(a):
    """A document inside another."""
    files = [f for f in a.files if f.kind == "document"]
    if not files:
        return False
    f = a.rng.choice(files)
    f.body = a.rng.choice([
        lambda doc: {"export": doc, "version": 3},
        lambda doc: {"data": {"result": doc}, "took_ms": 12},
        lambda doc: [doc],
        lambda doc: {"payload": json.dumps(doc)},
        lambda doc: {"statusCode": 200, "body": json.dumps(doc)},
    ])(f.body)


def renamed(a):
    """A file has the name of another thread, another ending, another folder."""
    f = a.rng.choice(a.files)
    if f.nameless:
        return False
    f.name = a.rng.choice([a.new_id("thread_") + ".json", f.name + ".txt", "deep/er/" + f.name, "export",
                           a.rng.choice(list(a.threads)) + ".json"])


def laid_out(a):
    """White space between the tokens."""
    files = [f for f in a.files if f.kind in ("document", "documents")]
    if not files:
        return False
    a.rng.choice(files).indent = 2


def strangers(a):
    """Files of other kinds lie beside."""
    a.files.append(Stranger("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256))))
    a.files.append(Stranger(".DS_Store", b"\0\0\0\1Bud1" + bytes(64)))
    a.files.append(Stranger("README", b"These are the threads of last year.\nAsk me where you need more.\n"))


class Stranger:
    def __init__(self, name, content):
        self.name = name
        self.content = content
        self.kind = "stranger"
        self.lists = []

    def bytes(self):
        return self.content


MUTATIONS = [nothing, stray_value, other_kind, error_reply, no_role, no_content, key_twice, not_text, other_thread,
             last_page_lost, copied_message, one_id_two_messages, nul_line, torn_line, torn_document, one_cell_more,
             no_thread, two_threads, thread_key_renamed, merged_cells, second_talk, key_twice_around, more_by_cursor,
             escaped_keys, encoded, wrapped, renamed, laid_out, strangers]


# --- running and judging -----------------------------------------------------------------------------------


class Batch:
    def __init__(self, program):
        environment = dict(os.environ, HOME="/nonexistent", LC_ALL="C")
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def run(self, *words):
        self.process.stdin.write("\x1f".join(("threadferry",) + words).encode() + b"\n")
        self.process.stdin.flush()
        head = self.process.stdout.readline()
        if not head:
            raise SystemExit("the program died: %s" % " ".join(words))
        status, out, err = map(int, head.split())
        return status, self.process.stdout.read(out).decode(), self.process.stdout.read(err).decode()


def write(a, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    names = set()
    for f in a.files:
        name = f.name
        while name in names:
            name = "x" + name if "/" not in name else name + "x"
        names.add(name)
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(f.bytes())


def pairs(thread):
    return [(item["role"], item["content"][0]["text"]) for item in thread["items"]]


def judge(a, converted, inventory):
    status, out, err = converted
    threads = {t["thread_id"]: pairs(t) for t in map(json.loads, out.splitlines())}
    for thread, items in threads.items():
        if thread not in a.threads:
            return "a thread that was never put in: %s" % thread
        if items != a.threads[thread]:
            return "thread %s came out as %s instead of %s" % (thread, items, a.threads[thread])
        if thread in a.fails:
            return "thread %s came out and may not" % thread
    for thread in a.threads:
        if thread not in threads and (status == 0 or thread not in err and a.counts):
            return "thread %s is missing, exit status %d, and is not named" % (thread, status)
    if a.neutral and (status != 0 or len(threads) != len(a.threads)):
        return "exit status %d, %d of %d threads" % (status, len(threads), len(a.threads))
    if a.unread and status == 0:
        return "exit status %d where a place is unread" % status
    if inventory[0] != 0:
        return "inventory: exit status %d" % inventory[0]
    ledger = json.loads(inventory[1])["ledger"]
    if a.counts:
        want = {"taken": a.taken, "duplicate": a.duplicate, "unread": a.unread}
        have = {key: ledger[key] for key in want}
        if want != have:
            return "the ledger says %s instead of %s" % (have, want)
    elif ledger["unread"] == 0:
        return "the ledger has nothing unread"
    return None


def make(seed, only):
    rng = random.Random(seed)
    while True:
        a = Archive(rng)
        for form in rng.choices(FORMS, k=rng.choice([1, 1, 2, 3])):
            form(a)
        mutation = rng.choice([m for m in MUTATIONS if not only or m.__name__ == only])
        if mutation(a) is not False:
            return a, mutation


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("batch")
    parser.add_argument("--seeds", type=int, default=3000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--only")
    parser.add_argument("--keep")
    parser.add_argument("--result", help="file for a line per mutation")
    given = parser.parse_args()
    folder = given.keep or tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    batch = Batch(given.batch)
    failed = {}
    played = set()
    source = ("--source-type", "archive", "--source-path", folder)
    for seed in range(given.first, given.first + given.seeds):
        a, mutation = make(seed, given.only)
        played.add(mutation.__name__)
        write(a, folder)
        why = judge(a, batch.run("convert", *source), batch.run("inventory", "--json", *source))
        if why:
            failed.setdefault(mutation.__name__, []).append(seed)
            if len(failed[mutation.__name__]) <= 3:
                print("seed %d: %s: %s" % (seed, mutation.__name__, why))
    if not given.keep:
        shutil.rmtree(folder, ignore_errors=True)
    count = sum(map(len, failed.values()))
    for name, seeds in sorted(failed.items()):
        print("# %s: %d failures" % (name, len(seeds)))
    if given.result:
        with open(given.result, "w") as stream:
            stream.writelines("%s archives.%s\n" % ("not ok" if name in failed else "ok", name) for name in played)
    print("%d passed, %d failed" % (given.seeds - count, count))
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
