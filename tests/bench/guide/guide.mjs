// The loop that the migration guide of the platform shows, on the openai
// package: read a thread's messages, create a conversation with them. It does
// two requests a thread, keeps no record and does not look at what failed.
//
//     node guide.mjs BASE_URL IN_FLIGHT FILE_OF_THREAD_IDS
import OpenAI from "openai";
import { readFileSync } from "node:fs";

const [baseURL, inFlight, file] = process.argv.slice(2);
const openai = new OpenAI({ baseURL, apiKey: "k", maxRetries: 0 });
const threads = readFileSync(file, "utf8").split("\n").filter(Boolean);

async function migrate(thread) {
  const items = [];
  const pages = openai.beta.threads.messages.list(thread, { order: "asc", limit: 100 });
  for await (const message of pages) {
    const type = message.role === "user" ? "input_text" : "output_text";
    const content = message.content
      .filter((part) => part.type === "text")
      .map((part) => ({ type, text: part.text.value }));
    if (content.length > 0) items.push({ type: "message", role: message.role, content });
  }
  await openai.conversations.create({ items: items.slice(0, 20) });
}

let next = 0;
async function worker() {
  while (next < threads.length) await migrate(threads[next++]);
}
await Promise.all(Array.from({ length: Number(inFlight) }, worker));
console.log(JSON.stringify({ threads: threads.length }));
