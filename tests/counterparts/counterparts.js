// The clients that people have, on both sides of a migration.
//
//   node counterparts.js make CLIENT BASE FOLDER    threads are made, listed and dumped below FOLDER
//   node counterparts.js compare BASE FOLDER        every client that reads conversations reads them
//
// BASE is the root of the API, or a Foundry project's endpoint. FOLDER/truth.json is what `make`
// saw, thread by thread; FOLDER/FORM.jsonl is "threadferry mapping --format jsonl" of a job.
// Prints "ok NAME" or "not ok NAME" for each form and reader.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');

const token = process.env.TEST_KEY;
const isFoundry = (base) => base.includes('/api/projects/');
const credential = {
  getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3600e3 }),
};

async function all(pages) {
  const found = [];
  for await (const object of pages) found.push(object);
  return found;
}

// --- the clients that know threads: each makes, lists and shows pages in its own way ---------------

function openaiThreads(name, baseURL) {
  const { OpenAI } = require(name);
  const { threads } = new OpenAI({ baseURL, apiKey: token, maxRetries: 0 }).beta;
  return {
    create: (metadata) => threads.create({ metadata }),
    say: (id, role, content) => threads.messages.create(id, { role, content }),
    retrieve: (id) => threads.retrieve(id),
    limit: 30,
    list: (id, query) => all(threads.messages.list(id, query)),
    pages: async (id, query) => {
      const pages = [];
      let page = await threads.messages.list(id, query);
      for (;;) {
        pages.push(page);
        if (!page.hasNextPage()) return pages;
        page = await page.getNextPage();
      }
    },
  };
}

// Its lists look for a "nextLink" that no server sends, and end after one page: whoever wants more
// asks for it with `after`.
function azureThreads(endpoint) {
  const { AgentsClient } = require('@azure/ai-agents');
  const client = new AgentsClient(endpoint, credential);
  return {
    create: (metadata) => client.threads.create({ metadata }),
    say: (id, role, content) => client.messages.create(id, role, content),
    retrieve: (id) => client.threads.get(id),
    limit: 100,
    list: (id, query) => all(client.messages.list(id, query)),
    pages: async (id, query) => {
      const pages = [];
      let after;
      for (;;) {
        const page = await all(client.messages.list(id, { ...query, after }));
        pages.push(page);
        if (page.length < query.limit) return pages;
        after = page.at(-1).id;
      }
    },
  };
}

const makers = {
  'openai-4': (base) => openaiThreads('openai-4', base),
  'openai-6': (base) => openaiThreads('openai-6', base),
  'ai-agents': azureThreads,
};

// --- the ways in which people save what they see ---------------------------------------------------

const write = (file, ...values) => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, values.map((value) => `${value}\n`).join(''));
};

async function save(client, folder, threads) {
  const { limit } = client;
  const map = {};
  for (const { id } of threads) {
    const pages = await client.pages(id, { limit: 100 });
    const small = await client.pages(id, { limit: 7, order: 'asc' });
    const list = await client.list(id, { order: 'asc', limit });
    const newestFirst = await client.list(id, { limit });
    const data = pages.flatMap((page) => page.data ?? page);

    write(`${folder}/page/${id}.json`, ...pages.map((page) => JSON.stringify(page)));
    write(`${folder}/pages/${id}.jsonl`, ...small.map((page) => JSON.stringify(page)));
    write(`${folder}/array/${id}.json`, JSON.stringify(list));
    write(`${folder}/newest-first/${id}.json`, JSON.stringify(newestFirst, null, 4));
    write(`${folder}/data/${id}.json`, JSON.stringify(data, null, 2));
    write(`${folder}/thread/${id}.json`,
      JSON.stringify({ thread: await client.retrieve(id), messages: list }));
    write(`${folder}/default-limit/${id}.json`, JSON.stringify(await client.list(id)));
    map[id] = list;
  }
  write(`${folder}/map/all.json`, JSON.stringify(map));
  write(`${folder}/lines/all.jsonl`, ...Object.values(map).flat().map((one) => JSON.stringify(one)));
}

const said = (messages) =>
  messages.map(({ role, content }) => [role, content.map((part) => part.text.value)]);

async function make(name, base, folder) {
  const client = makers[name](base);
  const known = fs.readFileSync(`${folder}/ids`, 'utf8').trim().split('\n');
  const made = [];
  for (const length of [1, 12]) {
    const { id } = await client.create({ made: name });
    for (let i = 0; i < length; i++)
      await client.say(id, i % 2 ? 'assistant' : 'user', `${i}: "quoted" \u00fc \ud83d\udea2\r\n\tend`);
    made.push(id);
  }
  const threads = [...known, ...made].map((id) => ({ id }));
  const truth = {};
  for (const { id } of threads)
    truth[id] = said(await client.list(id, { order: 'asc', limit: 100 }));
  fs.writeFileSync(`${folder}/truth.json`, JSON.stringify(truth));
  fs.writeFileSync(`${folder}/ids`, threads.map(({ id }) => `${id}\n`).join(''));
  await save(client, folder, threads);
}

// --- the clients that know conversations -------------------------------------------------------------

function openaiItems(name, base) {
  const { OpenAI } = require(name);
  const client = new OpenAI({ baseURL: base, apiKey: token, maxRetries: 0 });
  const order = 'asc';
  return (id) => all(client.conversations.items.list(id, { order, limit: 13 }));
}

// Version 4 knows no conversations; its users ask with its own request functions.
function rawItems(name, baseURL) {
  const { OpenAI } = require(name);
  const client = new OpenAI({ baseURL, apiKey: token, maxRetries: 0 });
  return async (id) => {
    const items = [];
    let query = { order: 'asc', limit: 100 };
    for (;;) {
      const page = await client.get(`/conversations/${id}/items`, { query });
      items.push(...page.data);
      if (!page.has_more) return items;
      query = { ...query, after: page.last_id };
    }
  };
}

function sessionItems(client) {
  const { OpenAIConversationsSession } = require('@openai/agents');
  return (conversationId) => new OpenAIConversationsSession({ conversationId, client }).getItems();
}

function readersOf(base) {
  if (isFoundry(base)) {
    const { AIProjectClient } = require('@azure/ai-projects');
    const client = new AIProjectClient(base, credential).getOpenAIClient();
    const order = 'asc';
    return {
      'ai-projects': (id) => all(client.conversations.items.list(id, { order, limit: 13 })),
      agents: sessionItems(client),
    };
  }
  const { OpenAI } = require('openai');
  return {
    'openai-4': rawItems('openai-4', base),
    'openai-6': openaiItems('openai-6', base),
    agents: sessionItems(new OpenAI({ baseURL: base, apiKey: token, maxRetries: 0 })),
  };
}

const shown = (items) =>
  items.map(({ role, content }) => [role, [content].flat().map((part) => part.text ?? part)]);

async function compare(base, folder) {
  const truth = JSON.parse(fs.readFileSync(`${folder}/truth.json`));
  const forms = fs.readdirSync(folder).filter((name) => name.endsWith('.jsonl')).sort();
  assert.ok(forms.length > 0);
  for (const file of forms) {
    const rows = fs.readFileSync(`${folder}/${file}`, 'utf8').trim().split('\n').map((row) => JSON.parse(row));
    for (const [reader, read] of Object.entries(readersOf(base))) {
      const label = `counterparts-${path.basename(folder)}-${path.basename(file, '.jsonl')}-read-by-${reader}`;
      try {
        assert.deepStrictEqual(rows.map((row) => row.thread_id).sort(), Object.keys(truth).sort());
        for (const { thread_id, conversation_id } of rows)
          assert.deepStrictEqual(shown(await read(conversation_id)), truth[thread_id]);
        console.log(`ok ${label}`);
      } catch (error) {
        console.log(`not ok ${label}`);
        console.log(String(error.stack).replace(/^/gm, '# '));
      }
    }
  }
}

const [command, ...args] = process.argv.slice(2);
({ make, compare })[command](...args).catch((error) => {
  console.log(`not ok counterparts-${command}`);
  console.log(String(error.stack).replace(/^/gm, '# '));
  process.exitCode = 1;
});
