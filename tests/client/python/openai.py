"""Stands in for the openai package in tests/e2e/after.sh where that is not installed.

It sends what the real client sends for the calls that docs/AFTER.md shows, and
nothing more: responses.create, conversations.create, conversations.items.list.
"""

import json
import os
import types
import urllib.parse
import urllib.request


def _objects(value):
    return json.loads(json.dumps(value), object_hook=lambda pairs: types.SimpleNamespace(**pairs))


class OpenAI:
    def __init__(self):
        self._base = os.environ["OPENAI_BASE_URL"].rstrip("/")
        self._key = os.environ["OPENAI_API_KEY"]
        self.responses = types.SimpleNamespace(create=self._respond)
        self.conversations = types.SimpleNamespace(
            create=lambda **body: _objects(self._send("POST", "/conversations", body)),
            items=types.SimpleNamespace(list=self._items),
        )

    def _send(self, method, path, body=None):
        request = urllib.request.Request(
            self._base + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "Bearer " + self._key, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)

    def _respond(self, **body):
        response = _objects(self._send("POST", "/responses", body))
        response.output_text = "".join(
            part.text
            for item in response.output
            if item.type == "message"
            for part in item.content
            if part.type == "output_text"
        )
        return response

    def _items(self, conversation_id, **query):
        while True:
            path = f"/conversations/{conversation_id}/items?" + urllib.parse.urlencode(query)
            page = self._send("GET", path)
            yield from (_objects(item) for item in page["data"])
            if not page["has_more"]:
                return
            query["after"] = page["last_id"]
