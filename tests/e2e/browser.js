// What Chromium makes of a page, as JSON: node browser.js CHROMIUM PAGE PROFILE
//
// It talks to the browser over a pair of pipes (descriptors 3 and 4, messages end
// with a NUL), so it needs no port and no package. It does what a person does:
// reads, presses Tab, chooses each filter, prints, and makes the window narrow.
'use strict';
const { spawn } = require('child_process');
const [chromium, page, profile] = process.argv.slice(2);

const browser = spawn(chromium, [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--disable-dev-shm-usage', '--user-data-dir=' + profile, '--remote-debugging-pipe',
], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });

const waiting = new Map();
const seen = { outside: 0, complaints: [] };
let loaded = () => {};
let last = 0;
let session;

function hear(message) {
    if (message.id) {
        const [resolve, reject] = waiting.get(message.id);
        waiting.delete(message.id);
        if (message.error) reject(new Error(message.error.message));
        else resolve(message.result);
    } else if (message.method === 'Network.requestWillBeSent') {
        seen.outside += message.params.request.url.startsWith('file:') ? 0 : 1;
    } else if (message.method === 'Log.entryAdded') {
        seen.complaints.push(message.params.entry.text);
    } else if (message.method === 'Page.loadEventFired') {
        loaded();
    }
}

let rest = Buffer.alloc(0);
browser.stdio[4].on('data', (data) => {
    rest = Buffer.concat([rest, data]);
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        hear(JSON.parse(rest.subarray(0, end)));
        rest = rest.subarray(end + 1);
    }
});

function ask(method, params = {}) {
    const id = ++last;
    browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId: session }) + '\0');
    return new Promise((resolve, reject) => waiting.set(id, [resolve, reject]));
}

async function evaluate(code, value) {
    const { result, exceptionDetails } = await ask('Runtime.evaluate',
        { expression: `(${code})(${JSON.stringify(value)})`, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception.description);
    return result.value;
}

// ---- these run in the page ----

const structure = () => ({
    landmarks: ['header', 'nav', 'main', 'footer'].map((name) =>
        document.querySelectorAll('body > ' + name).length),
    labelled: [...document.querySelectorAll('input')].every((i) => i.labels.length === 1),
    language: document.documentElement.lang,
    scripts: document.scripts.length,
    items: document.querySelectorAll('.item').length,
    filters: [...document.querySelectorAll('input[type=radio]')].map((i) => i.id),
});

const shown = () => [...document.querySelectorAll('.item')].filter((item) =>
    getComputedStyle(item).display !== 'none' &&
    getComputedStyle(item.closest('details')).display !== 'none').length;

const focused = () => {
    const e = document.activeElement;
    return e.id || e.className || e.tagName.toLowerCase();
};

// The lowest contrast of a text with what is behind it, as WCAG counts it.
const contrast = () => {
    const parse = (color) => color.match(/[\d.]+/g).map(Number);
    const light = (color) => parse(color).slice(0, 3).map((c) => c / 255)
        .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (e) => {
        const color = getComputedStyle(e).backgroundColor;
        return parse(color)[3] === 0 && e.parentElement ? behind(e.parentElement) : color;
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let lowest = 21;
    for (let n = 0; texts.nextNode() && n < 2000; n++) {
        const e = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || e.closest('svg')) continue;
        const pair = [light(getComputedStyle(e).color), light(behind(e))].sort((a, b) => b - a);
        lowest = Math.min(lowest, (pair[0] + 0.05) / (pair[1] + 0.05));
    }
    return Math.round(lowest * 100) / 100;
};

const overflow = () => document.documentElement.scrollWidth - window.innerWidth;

// Numbers and codes that a narrow page breaks inside.
const broken = () => [...document.querySelectorAll('code.w, .w, .n, .sign, th, dd > b')].filter((e) => {
    const range = document.createRange();
    range.selectNodeContents(e);
    const lines = new Set([...range.getClientRects()].map((r) => Math.round(r.top)));
    return lines.size > 1 && e.offsetWidth < document.body.clientWidth - 40;
}).map((e) => e.textContent);

const printed = () => [...document.querySelectorAll('nav')].every((e) =>
    getComputedStyle(e).display === 'none');

// ---- what a person does ----

async function press(key) {
    for (const type of ['keyDown', 'keyUp'])
        await ask('Input.dispatchKeyEvent', { type, key, code: key,
            windowsVirtualKeyCode: { Tab: 9, ArrowRight: 39 }[key] });
}

async function look() {
    const facts = {};
    const { targetId } = await ask('Target.createTarget', { url: 'about:blank' });
    session = (await ask('Target.attachToTarget', { targetId, flatten: true })).sessionId;
    for (const domain of ['Page', 'Network', 'Log', 'Runtime']) await ask(domain + '.enable');
    const begin = Date.now();
    const load = new Promise((resolve) => { loaded = resolve; });
    await ask('Page.navigate', { url: 'file://' + page });
    await load;
    facts.load_ms = Date.now() - begin;
    Object.assign(facts, await evaluate(structure));
    facts.tab = [];
    for (let i = 0; i < 2; i++) {
        await press('Tab');
        facts.tab.push(await evaluate(focused));
    }
    facts.shown = {};
    facts.filter_ms = 0;
    // Arrows move through the radio buttons, as without a mouse.
    for (let i = 0; i < facts.filters.length; i++) {
        const before = Date.now();
        facts.shown[await evaluate(focused)] = await evaluate(shown);
        facts.filter_ms = Math.max(facts.filter_ms, Date.now() - before);
        await press('ArrowRight');
    }
    facts.contrast = {};
    for (const value of ['light', 'dark']) {
        await ask('Emulation.setEmulatedMedia',
            { features: [{ name: 'prefers-color-scheme', value }] });
        facts.contrast[value] = await evaluate(contrast);
    }
    await ask('Emulation.setDeviceMetricsOverride',
        { width: 320, height: 640, deviceScaleFactor: 1, mobile: false });
    facts.overflow_at_320 = await evaluate(overflow);
    await ask('Emulation.setDeviceMetricsOverride',
        { width: 375, height: 667, deviceScaleFactor: 1, mobile: false });
    facts.broken_at_375 = await evaluate(broken);
    // Last: paper has no part that is out of sight, so here everything is laid out.
    await ask('Emulation.setEmulatedMedia', { media: 'print' });
    facts.print_hides_navigation = await evaluate(printed);
    return Object.assign(facts, seen);
}

browser.on('exit', () => process.exit(waiting.size > 0 ? 1 : 0));
look().then((facts) => console.log(JSON.stringify(facts)), (error) => {
    console.error(error.message);
    process.exitCode = 1;
}).finally(() => {
    session = undefined;
    ask('Browser.close').catch(() => browser.kill());
});
