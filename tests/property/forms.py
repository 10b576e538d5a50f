"""Archives as people have them: each form adds threads and files to an archive, with what the program has to make
of them."""

import csv
import io
import json
import string

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


def text_of(message):
    content = message["content"]
    return content if isinstance(content, str) else content[0]["text"]["value"]


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
