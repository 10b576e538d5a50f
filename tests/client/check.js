// The official client looks at both sides of the mock: the threads as they
// were, the conversations that threadferry made of them.
//
//   node check.js PACKAGE BASE_URL MAPPING
//
// PACKAGE is openai or openai-newest; MAPPING is "threadferry mapping --format
// jsonl". Prints "ok NAME" or "not ok NAME" for each check.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');

const [packageName, baseURL, mappingFile] = process.argv.slice(2);
const { OpenAI, NotFoundError, BadRequestError, AuthenticationError } = require(packageName);
const openai = new OpenAI({ baseURL, apiKey: 'test-key', maxRetries: 0 });
const beta = openai.beta;
const admin = baseURL.replace('/v1', '/admin');

async function all(pages) {
  const found = [];
  for await (const object of pages) found.push(object);
  return found;
}

const ids = (objects) => objects.map((object) => object.id);

// --- the threads as they were ---------------------------------------------------

const source = async () => (await fetch(`${admin}/source`)).json();

async function eachThread(look) {
  for (const thread of (await source()).threads) await look(thread);
}

async function threadsAreRetrieved() {
  await eachThread(async ({ id, metadata }) => {
    const thread = await beta.threads.retrieve(id);
    assert.strictEqual(thread.object, 'thread');
    assert.deepStrictEqual(thread.metadata, metadata);
  });
}

// Whatever the size of a page and the direction, a list is whole and in order.
async function messagesAreListed() {
  await eachThread(async ({ id, messages }) => {
    for (const limit of [7, 100]) {
      const up = await all(beta.threads.messages.list(id, { order: 'asc', limit }));
      const down = await all(beta.threads.messages.list(id, { limit }));
      assert.deepStrictEqual(up, messages);
      assert.deepStrictEqual(down, messages.slice().reverse());
    }
  });
}

async function messagesBeforeACursor() {
  const thread = (await source()).threads.find(({ messages }) => messages.length > 30);
  const before = thread.messages[30].id;
  const page = await beta.threads.messages.list(thread.id, { order: 'asc', limit: 5, before });
  assert.deepStrictEqual(ids(page.data), ids(thread.messages.slice(25, 30)));
}

async function messagesOfARun() {
  await eachThread(async ({ id, messages, runs }) => {
    for (const run of runs.slice(0, 3)) {
      const found = await all(beta.threads.messages.list(id, { order: 'asc', run_id: run.id }));
      assert.deepStrictEqual(found, messages.filter((message) => message.run_id === run.id));
    }
  });
}

async function runsAndSteps() {
  const include = ['step_details.tool_calls[*].file_search.results[*].content'];
  let seen = 0;
  await eachThread(async ({ id, runs, run_steps }) => {
    assert.deepStrictEqual(ids(await all(beta.threads.runs.list(id, { order: 'asc' }))), ids(runs));
    for (const { id: run_id } of runs.slice(0, 5)) {
      const order = 'asc';
      const steps = await all(
        beta.threads.runs.steps.list(run_id, { thread_id: id, order, limit: 1, include }),
      );
      assert.deepStrictEqual(steps, run_steps.filter((step) => step.run_id === run_id));
      assert.strictEqual((await beta.threads.runs.retrieve(run_id, { thread_id: id })).id, run_id);
      seen += steps.length;
    }
  });
  assert.ok(seen > 0);
}

// What a search found is shown only to those who ask for it.
async function searchResultsNeedInclude() {
  const { threads } = await source();
  const isSearch = (step) => step.step_details.tool_calls?.[0].type === 'file_search';
  const thread = threads.find(({ run_steps }) => run_steps.some(isSearch));
  const step = thread.run_steps.find(isSearch);
  const found = await beta.threads.runs.steps.retrieve(step.id, {
    thread_id: thread.id,
    run_id: step.run_id,
  });
  const result = found.step_details.tool_calls[0].file_search.results[0];
  assert.strictEqual(result.content, undefined);
}

async function assistantsAreListed() {
  const { assistants } = await source();
  const order = 'asc';
  assert.deepStrictEqual(await all(beta.assistants.list({ order, limit: 1 })), assistants);
}

async function refusalsAreUnderstood() {
  const { id } = (await source()).threads[0];
  const defaultHeaders = { Authorization: null };
  const keyless = new OpenAI({ baseURL, apiKey: 'unsent', defaultHeaders, maxRetries: 0 });
  await assert.rejects(() => beta.threads.retrieve('thread_none'), NotFoundError);
  await assert.rejects(() => beta.threads.messages.list(id, { limit: 1000 }), (error) => {
    return error instanceof BadRequestError && error.code === 'integer_above_max_value';
  });
  await assert.rejects(() => beta.threads.messages.list(id, { after: 'msg_none' }), (error) => {
    return error instanceof NotFoundError && error.param === 'after';
  });
  await assert.rejects(() => keyless.beta.threads.retrieve(id), AuthenticationError);
}

// --- the conversations ------------------------------------------------------------

// A third opinion on the mapping, for the kinds of content that this world has.
function partOf(role, part) {
  if (part.type === 'image_url')
    return { type: 'input_image', image_url: part.image_url.url, detail: part.image_url.detail };
  if (part.type === 'image_file')
    return { type: 'input_image', file_id: part.image_file.file_id, detail: part.image_file.detail };
  assert.strictEqual(part.type, 'text');
  return { type: role === 'user' ? 'input_text' : 'output_text', text: part.text.value };
}

const itemOf = ({ role, content }) => ({
  type: 'message',
  role,
  content: content.map((part) => partOf(role, part)),
});

// An item without what a server adds.
function bare({ type, role, content }) {
  return {
    type,
    role,
    content: content.map((part) => {
      const entries = Object.entries(part).filter(([key, value]) => {
        return key !== 'annotations' && key !== 'logprobs' && value !== null;
      });
      return Object.fromEntries(entries);
    }),
  };
}

const rows = fs.readFileSync(mappingFile, 'utf8').trim().split('\n').map((row) => JSON.parse(row));

async function itemsAreTheMessages() {
  const include = ['message.input_image.image_url'];
  const order = 'asc';
  for (const { thread_id, conversation_id, items } of rows) {
    const messages = await all(beta.threads.messages.list(thread_id, { order, limit: 100 }));
    const expected = messages.filter(({ content }) => content.length > 0).map(itemOf);
    const found = await all(
      openai.conversations.items.list(conversation_id, { order, limit: 13, include }),
    );
    assert.deepStrictEqual(found.map(bare), expected);
    assert.strictEqual(found.length, items);
    const down = await all(openai.conversations.items.list(conversation_id, { limit: 100, include }));
    assert.deepStrictEqual(down.reverse(), found);
  }
}

async function conversationsKnowTheirThreads() {
  assert.strictEqual(rows.length, (await source()).threads.length);
  for (const { thread_id, conversation_id } of rows) {
    const thread = await beta.threads.retrieve(thread_id);
    const { object, metadata } = await openai.conversations.retrieve(conversation_id);
    assert.strictEqual(object, 'conversation');
    assert.deepStrictEqual(metadata, {
      ...thread.metadata,
      source_thread_id: thread_id,
      source_created_at: String(thread.created_at),
    });
  }
}

async function conversationsGoOn() {
  const { conversation_id } = rows[0];
  const before = await all(openai.conversations.items.list(conversation_id, { limit: 100 }));
  const response = await openai.responses.create({
    model: 'gpt-4o',
    conversation: conversation_id,
    input: 'Are you there?',
  });
  const after = await all(openai.conversations.items.list(conversation_id, { limit: 100 }));
  assert.strictEqual(response.output_text, `I have read ${before.length} items before "Are you there?".`);
  assert.deepStrictEqual(ids(after.slice(2)), ids(before));
}

const text = (value) => ({
  type: 'message',
  role: 'user',
  content: [{ type: 'input_text', text: value }],
});

async function conversationLife() {
  const { conversations } = openai;
  const { id } = await conversations.create({ metadata: { a: 'b' }, items: [text('one')] });
  const added = await conversations.items.create(id, { items: [text('two'), text('three')] });
  assert.strictEqual(added.data.length, 2);
  const item = await conversations.items.retrieve(added.data[0].id, { conversation_id: id });
  assert.strictEqual(item.content[0].text, 'two');
  await conversations.items.delete(item.id, { conversation_id: id });
  const left = await all(conversations.items.list(id, { order: 'asc' }));
  assert.deepStrictEqual(left.map(({ content }) => content[0].text), ['one', 'three']);
  assert.deepStrictEqual((await conversations.update(id, { metadata: { c: 'd' } })).metadata, { c: 'd' });
  await assert.rejects(
    () => conversations.items.create(id, { items: Array(21).fill(text('x')) }),
    (error) => error instanceof BadRequestError && error.code === 'array_above_max_length',
  );
  assert.strictEqual((await conversations.delete(id)).deleted, true);
  await assert.rejects(() => conversations.retrieve(id), NotFoundError);
}

// ----------------------------------------------------------------------------------

const checks = {
  threadsAreRetrieved,
  messagesAreListed,
  messagesBeforeACursor,
  messagesOfARun,
  runsAndSteps,
  searchResultsNeedInclude,
  assistantsAreListed,
  refusalsAreUnderstood,
  itemsAreTheMessages,
  conversationsKnowTheirThreads,
  conversationsGoOn,
  conversationLife,
};

async function main() {
  for (const [name, check] of Object.entries(checks)) {
    const label = `client-${packageName}-${name.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase())}`;
    try {
      await check();
      console.log(`ok ${label}`);
    } catch (error) {
      console.log(`not ok ${label}`);
      console.log(String(error.stack).replace(/^/gm, '# '));
    }
  }
}

main();
