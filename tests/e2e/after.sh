#!/bin/sh
# The application after the backfill: a thread is moved, its assistant saved,
# and the snippets of docs/AFTER.md go on with them, as they stand there.
# shellcheck disable=SC2034 # lib.sh looks at it
key_holders=key
. tests/e2e/lib.sh

# <!-- run: NAME --> before a fenced block: the block becomes the file NAME.
awk '/^<!-- run: / { name = $3; next }
    /^<!-- history -->/ { name = "before.py"; next }
    /^```/ { if (inside) { inside = 0; name = "" } else if (name) inside = 1; next }
    inside { print > name }' "$top/docs/AFTER.md"

cat >world.json <<'END'
{"threads": [{"id": "thread_umbrella", "object": "thread", "created_at": 1704447000,
  "metadata": {}, "tool_resources": {}, "messages": [
  {"id": "msg_1", "object": "thread.message", "created_at": 1704447007,
   "thread_id": "thread_umbrella", "role": "user", "assistant_id": null, "run_id": null,
   "content": [{"type": "text", "text": {"value": "Do I need an umbrella?", "annotations": []}}],
   "attachments": [], "metadata": {}},
  {"id": "msg_2", "object": "thread.message", "created_at": 1704447009,
   "thread_id": "thread_umbrella", "role": "assistant", "assistant_id": "asst_weather",
   "run_id": "run_1",
   "content": [{"type": "text", "text": {"value": "In Paris, yes.", "annotations": []}}],
   "attachments": [], "metadata": {}}]}],
 "assistants": [{"id": "asst_weather", "object": "assistant", "created_at": 1704447000,
  "name": "Weather", "description": null, "model": "gpt-4o",
  "instructions": "Answer in one sentence.",
  "tools": [{"type": "function", "function": {"name": "get_weather",
   "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
    "required": ["city"]}}}, {"type": "code_interpreter"}],
  "tool_resources": {"code_interpreter": {"file_ids": []}}, "metadata": {"team": "a"},
  "temperature": 0.7, "top_p": 1.0,
  "response_format": {"type": "json_schema", "json_schema": {"name": "reply",
   "schema": {"type": "object", "properties": {}}}}}]}
END

# Each language begins with a thread that has just been moved to that service.
move()
{
    rm -rf assistants mapping.jsonl threadferry.checkpoint
    mock_start --fixtures world.json
    config <<END
source:
  type: compatible
  base_url: @MOCK@/v1
  api_key_env: TEST_KEY
destination:
  type: $1
  base_url: @MOCK@$2
  api_key_env: TEST_KEY
END
    export OPENAI_BASE_URL="$MOCK$2" OPENAI_API_KEY=$TEST_KEY
    ferry 0 migrate thread_umbrella && ferry 0 assistants -o assistants &&
        ferry 0 mapping --format jsonl && cp "$out" mapping.jsonl
}

# prints EXPECTED COMMAND…
prints()
{
    expected=$1
    shift
    "$@" >printed 2>&1 && printf '%s\n' "$expected" | cmp -s - printed && return
    cat printed
    return 1
}

chat='I have read 2 items before "And what did I ask you first?".'
functions='The function says: Rain in Paris'
history='user Do I need an umbrella?
assistant In Paris, yes.
user And what did I ask you first?
assistant I have read 2 items before "And what did I ask you first?".
user Use get_weather for Paris
assistant The function says: Rain in Paris'

in_shell()
{
    check "after-move-$1" move "$1" "$2"
    check "after-chat-curl-$1" prints "$chat" sh -eu chat.sh
    check "after-functions-curl-$1" prints "$functions" sh -eu functions.sh
    check "after-history-curl-$1" prints "$history" sh -eu history.sh
    mock_stop
}

# The new conversation's id is the server's own.
history_in_python()
{
    python3 history.py >listed 2>&1 && tail -n 1 listed | grep -q '^conv_' &&
        prints "$history" sed '$d' listed && return
    cat listed
    return 1
}

in_python()
{
    PYTHONDONTWRITEBYTECODE=1
    export PYTHONDONTWRITEBYTECODE
    if python3 -c 'import openai' 2>/dev/null; then
        echo "# the openai package of this machine"
    else
        echo "# the stand-in, no openai package on this machine"
        export PYTHONPATH="$top/tests/client/python"
    fi
    check after-move-python move openai /v1
    check after-chat-python prints "$chat" python3 chat.py
    check after-functions-python prints "$functions" python3 functions.py
    check after-history-python history_in_python
    check after-before-compiles python3 -c 'compile(open("before.py").read(), "before.py", "exec")'
    mock_stop
}

if command -v jq >/dev/null; then
    in_shell openai /v1
    in_shell foundry /api/projects/p/openai/v1
else
    echo "skip after-curl no jq on this machine"
fi
if command -v python3 >/dev/null; then
    in_python
else
    echo "skip after-python no python3 on this machine"
fi
