"""What can be wrong or different in an archive (forms.py): each mutation changes one and says what the program has to
make of it, or returns False where the archive has no place for it."""

import gzip
import json

from forms import dump, talk, text_of


def pick_list(a, want=lambda f, data, owner: True):
    found = [(f, data, owner) for f in a.files for data, owner in f.lists if data and want(f, data, owner)]
    return a.rng.choice(found) if found else None


def pick_message(a):
    """A list and the place of a message in it; lists of one message have rules of their own."""
    found = pick_list(a, lambda f, data, owner: len(data) > 1)
    return (*found, a.rng.randrange(len(found[1]))) if found else None


def pick_object(a):
    """A message that is an object; in rows it is cells."""
    found = pick_message(a)
    return found[1][found[3]] if found and found[0].kind != "rows" else None


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
    message = pick_object(a)
    if not message:
        return False
    del message["role"]
    a.strike()


def no_content(a):
    """The content of a message is under a key that nobody knows."""
    message = pick_object(a)
    if not message:
        return False
    message["words"] = message.pop("content")
    a.strike()


def key_twice(a):
    """A message has a key twice."""
    message = pick_object(a)
    if not message:
        return False
    key = a.rng.choice(list(message))
    message[key + " again"] = message[key]
    a.strike()


def odd_role(a):
    """A message has a role that there is not."""
    found = pick_message(a)
    if not found:
        return False
    f, data, owner, at = found
    data[at]["role"] = a.rng.choice(["moderator", "ROLE_7"])
    a.fails.add(data[at].get("thread_id") or owner)
    a.neutral = False


def message_inside(a):
    """A message holds another one."""
    message = pick_object(a)
    if not message:
        return False
    message["answer_to"] = {"role": "user", "content": "what it answers"}
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
    text = text_of(message)
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


def nul_tail(a):
    """After the last line the file goes on with NUL bytes, as after a crash."""
    files = [f for f in a.files if f.kind == "lines" and f.lists]
    if not files:
        return False
    a.rng.choice(files).encode = lambda data: data + bytes(64)
    a.unread += 1
    a.neutral = False


def own_line_lost(a):
    """A line of a saved thread is missing: a message, or the end."""
    files = [f for f in a.files if f.name == "saved.jsonl"]
    if not files:
        return False
    f = a.rng.choice(files)
    lines = [n for n, line in enumerate(f.body) if line["kind"] != "thread"]
    line = f.body.pop(a.rng.choice(lines))
    a.fails.add(line["thread_id"])
    a.taken -= line["kind"] == "message"
    a.neutral = False


def torn_row(a):
    """A table breaks off in the id of its last row's thread."""
    files = [f for f in a.files if f.kind == "rows" and len(f.body) > 1 and
             f.body[-1]["thread_id"] == f.body[-2]["thread_id"] and list(f.body[0])[-1] == "thread_id"]
    if not files:
        return False
    f = a.rng.choice(files)
    f.cut = lambda data: len(data) - 2 - a.rng.randint(1, 20)
    a.fails.add(f.body[-1]["thread_id"])
    a.strike()


def torn_line(a):
    """The last line breaks off, before or after the id of its thread."""
    files = [f for f in a.files if f.kind == "lines" and f.lists and len(f.lists[0][0]) > 1 and
             f.lists[0][0] is f.body]
    if not files:
        return False
    f = a.rng.choice(files)
    if list(f.body[-1])[-1] == "thread_id":  # cut before it: the line before tells whose it is
        if f.body[-1].get("thread_id") != f.body[-2].get("thread_id"):
            return False
        a.fails.add(f.body[-1]["thread_id"])
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
    text = text_of(message)
    thread = message["thread_id"]
    if len(a.threads[thread]) < 2:
        return False
    a.threads[thread] = [p for p in a.threads[thread] if p[1] != text]
    message["thread_id"] = None if f.kind == "lines" else "NULL"
    a.strike()


def two_threads(a):
    """A message names a second thread."""
    message = pick_object(a)
    if not message or "thread_id" not in message:
        return False
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
    text = text_of(message)
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


def list_key_renamed(a):
    """A list of messages is under another key than the API's."""
    holders = [h for f in a.files for h in (f.body if f.kind in ("documents", "lines") else [f.body])
               if isinstance(h, dict) and any(isinstance(h.get(k), list) for k in ("data", "messages"))]
    if not holders:
        return False
    holder = a.rng.choice(holders)
    for key in ("data", "messages"):
        if isinstance(holder.get(key), list):
            holder[a.rng.choice(["entries", "turns", "log"])] = holder.pop(key)


def without_ids(a):
    """Messages have no id."""
    lists = [data for f in a.files for data, _ in f.lists if f.kind != "rows" and not f.is_chained]
    if not lists:
        return False
    for message in a.rng.choice(lists):
        message.pop("id", None)


def header_again(a):
    """Two tables were put together, each with its header."""
    files = [f for f in a.files if f.kind == "rows" and len(f.body) > 1]
    if not files:
        return False
    f = a.rng.choice(files)
    f.body.insert(a.rng.randint(1, len(f.body) - 1), {key: key for key in f.body[0]})


def escaped_keys(a):
    """Keys are written with escapes."""
    files = [f for f in a.files if f.kind in ("document", "documents", "lines") and not f.raw]
    if not files:
        return False
    key = a.rng.choice([b"thread_id", b"role", b"messages", b"has_more"])
    change(a.rng.choice(files), lambda data: data.replace(b'"%s":' % key, b'"\\u%04x%s":' % (key[0], key[1:])))


def change(f, how):
    """What is done to the bytes of a file, after what is done already."""
    before = f.encode
    f.encode = lambda data: how(before(data))


def encoded(a):
    """UTF-16, a byte order mark, gzip, gzip of several members or twice."""
    change(a.rng.choice([f for f in a.files if f.kind != "stranger"]), a.rng.choice([
        lambda data: data.decode().encode("utf-16-le"),
        lambda data: data.decode().encode("utf-16-be"),
        lambda data: data.decode().encode("utf-16"),
        lambda data: b"\xef\xbb\xbf" + data,
        gzip.compress,
        lambda data: gzip.compress(data.decode().encode("utf-16")),
        lambda data: gzip.compress(data[:len(data) // 2]) + gzip.compress(data[len(data) // 2:]),
        lambda data: gzip.compress(gzip.compress(data)),
    ]))


def wrapped(a):
    """A document inside another, or in several."""
    files = [f for f in a.files if f.kind == "document"]
    if not files:
        return False
    f = a.rng.choice(files)
    for _ in range(a.rng.choice([1, 1, 2, 3])):
        f.body = a.rng.choice([
            lambda doc: {"export": doc, "version": 3},
            lambda doc: {"data": {"result": doc}, "took_ms": 12},
            lambda doc: [doc],
            lambda doc: {"payload": dump(doc, None)},
            lambda doc: {"statusCode": 200, "body": dump(doc, None)},
        ])(f.body)


def renamed(a):
    """A file has the name of another thread, another ending, another folder."""
    f = a.rng.choice([f for f in a.files if f.kind != "stranger"])
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
        self.body = None
        self.lists = []

    def bytes(self):
        return self.content


# What changes nothing of what comes out, whatever else was done to the archive.
BESIDES = [more_by_cursor, escaped_keys, encoded, wrapped, renamed, laid_out, strangers]

MUTATIONS = [nothing, stray_value, other_kind, error_reply, no_role, no_content, odd_role, key_twice, message_inside,
             not_text, other_thread, last_page_lost, copied_message, one_id_two_messages, nul_line, nul_tail,
             own_line_lost, torn_row, torn_line, torn_document, one_cell_more, no_thread, two_threads,
             thread_key_renamed, merged_cells, second_talk, key_twice_around, list_key_renamed, without_ids,
             header_again] + BESIDES
