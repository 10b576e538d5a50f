#!/bin/sh
# A client that nobody here wrote, the official npm package, reads threads and
# conversations through the mock: it finds the mock right, and what threadferry
# has moved as it should be. tests/client holds what it runs.
. tests/e2e/lib.sh
. "$top/tests/e2e/lib_npm.sh"

npm_packages client

moved()
{
    rm -f threadferry.checkpoint
    list_ids
    ferry 0 migrate --threads ids && ferry 0 mapping --format jsonl && cp "$out" mapping.jsonl
}

for package in openai openai-newest; do
    if ! node -e "require('$package')" 2>node.err; then
        echo "skip client-$package does not load in node $(node --version)"
        continue
    fi
    mock_start --profile openai --generate threads=4,messages=20..130,seed=11,images=30,annotations=40,attachments=20,runs=70,tools=70,metadata=60,unicode=20,empty=3
    source_config compatible 'mapping:
  user_image_files: keep'
    check "client-$package-moved" moved
    node "$top/tests/client/check.js" "$package" "$MOCK/v1" mapping.jsonl
    mock_stop
done
