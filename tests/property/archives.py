#!/usr/bin/env python3
"""Archives that nobody made by hand: each seed gives a random archive and one mutation of it (mutations.py
has the list; a third of the seeds have one of BESIDES besides), and the program has to be right about it.

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
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

from forms import FORMS, Archive
from mutations import BESIDES, MUTATIONS


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
        if mutation(a) is False:
            continue
        besides = rng.choice(BESIDES)
        if rng.random() < 0.33 and besides is not mutation:
            besides(a)
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
