import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Start } from "../../../hub/src/replay/asked.ts";
import { LogCursor } from "../../../hub/src/replay/log/log-cursor.ts";
import { MessageLog, type MessageLogOptions } from "../../../hub/src/replay/log/message-log.ts";
import { Ticking } from "../../../hub/src/replay/ticking.ts";
import { tempDir } from "../../support/hub.ts";
import { keepingLog } from "../../support/silent-log.ts";

const MIB = 1024 * 1024;

function open(folder: string, more: Partial<MessageLogOptions> = {}) {
  const { log, lines } = keepingLog();
  const usual = { folder, keepMs: 3_600_000, maxBytes: MIB, lastValuePerKey: false, log };
  return { lines, messages: new MessageLog({ ...usual, now: () => Date.now(), ...more }) };
}

function say(log: MessageLog, topic: string, text: string): void {
  const payload = Buffer.from(text);
  log.append({ topic, payload, qos: 0, retain: false, properties: new Uint8Array() });
}

/** Reads a log from some time on; `next`: what there is, to its end. */
function reading(
  log: MessageLog,
  from: Start = "earliest",
  wants: (topic: string) => boolean = () => true,
) {
  const cursor = new LogCursor(log, { from, wants }, new Ticking());
  const next = async () => {
    const found: { readonly ts: number; readonly line: string }[] = [];
    for (;;) {
      const page = await cursor.read();
      if (page.length === 0) return found;
      for (const { ts, topic, payload } of page)
        found.push({ ts, line: `${topic} ${Buffer.from(payload).toString().slice(0, 8)}` });
    }
  };
  return { cursor, next };
}

/** What a log says from some time on, to its end. */
async function all(log: MessageLog, from?: Start) {
  return await reading(log, from).next();
}

async function filled(t: TestContext, count: number): Promise<string> {
  const folder = tempDir(t);
  const { messages } = open(folder);
  for (let at = 0; at < count; at += 1) say(messages, "a", String(at));
  await messages.stop();
  return folder;
}

describe("a log of messages", () => {
  it("gives each message a time of its own, and begins at any of them", async (t) => {
    const folder = await filled(t, 1000);
    const { messages } = open(folder);

    const found = await all(messages);
    const rest = await all(messages, found[700]?.ts);
    await messages.stop();

    assert.equal(new Set(found.map(({ ts }) => ts)).size, 1000);
    assert.deepEqual(rest, found.slice(700));
  });

  it("cuts off what a killed process wrote in part, and goes on behind it", async (t) => {
    const folder = await filled(t, 3);
    const [name = ""] = readdirSync(folder);
    const file = join(folder, name);
    appendFileSync(file, readFileSync(file).subarray(0, 20));
    const { messages, lines } = open(folder);
    await messages.ready;

    say(messages, "a", "after");
    await messages.stop();

    const again = open(folder).messages;
    const found = await all(again);
    await again.stop();
    assert.deepEqual(
      found.map(({ line }) => line),
      ["a 0", "a 1", "a 2", "a after"],
    );
    assert.match(lines[0]?.message ?? "", /the end of a log was cut/);
  });

  it("reads up to what is damaged, and what follows it in the next file", async (t) => {
    const folder = tempDir(t);
    const { messages } = open(folder);
    for (const text of ["one", "two", "x".repeat(70_000)]) say(messages, "a", text);
    await messages.stop();
    const second = open(folder).messages;
    await second.ready;
    say(second, "b", "later");
    await second.stop();
    const [name = ""] = readdirSync(folder);
    const bytes = readFileSync(join(folder, name));
    bytes[bytes.length - 100] = 0;
    writeFileSync(join(folder, name), bytes);

    const third = open(folder).messages;
    const found = await all(third);
    await third.stop();

    assert.deepEqual(
      found.map(({ line }) => line),
      ["a one", "a two", "b later"],
    );
  });

  it("forgets the oldest when it is too large", async (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const { messages } = open(tempDir(t));
    for (let at = 0; at < 400; at += 1) {
      say(messages, "a", `${at} ${"x".repeat(10_000)}`);
      t.mock.timers.tick(50);
      await messages.ready;
    }
    t.mock.timers.tick(5000);
    await messages.ready;

    const { bytes } = messages.figures;
    const found = await all(messages);
    await messages.stop();

    const [first, last] = [found[0]?.ts ?? 0, found.at(-1)?.ts ?? 0];
    assert.ok(bytes <= MIB && bytes > MIB / 2, `${bytes} bytes`);
    assert.match(found.at(-1)?.line ?? "", /^a 399/);
    assert.deepEqual([messages.cutAt(first - 1), messages.cutAt(last)], [first, undefined]);
  });

  it("forgets what is too old, also when nothing comes any more", async (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    let now = 1_700_000_000_000;
    const { messages } = open(tempDir(t), { keepMs: 60_000, now: () => now });
    say(messages, "a", "old");
    t.mock.timers.tick(50);
    await messages.ready;
    now += 61_000;
    t.mock.timers.tick(5000);
    await messages.ready;

    const found = await all(messages);
    await messages.stop();

    assert.deepEqual(found, []);
  });

  it("goes on when all of it was too old: for who reads it, for who asks what is gone, after a restart", async (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    let now = 1_700_000_000_000;
    const options = { keepMs: 60_000, now: () => now };
    const folder = tempDir(t);
    const { messages } = open(folder, options);
    const tick = async (ms: number): Promise<void> => {
      t.mock.timers.tick(ms);
      await messages.ready;
    };
    for (const text of ["0", "1"]) say(messages, "a", text);
    await tick(50);
    const running = reading(messages);
    const [, last = 0] = (await running.next()).map(({ ts }) => ts);
    now += 61_000;
    await tick(5000);
    const again = open(folder, options).messages;
    await again.ready;
    const cuts = [messages, again].flatMap((log) => [log.cutAt(last), log.cutAt(last + 1)]);
    await again.stop();

    say(messages, "a", "2");
    await tick(50);
    const found = await running.next();
    await messages.stop();

    assert.deepEqual(cuts, [last + 1, undefined, last + 1, undefined]);
    assert.deepEqual(
      found.map(({ line }) => line),
      ["a 2"],
    );
  });

  it("loses nothing when it was killed before the first message of a file was written", async (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const folder = await filled(t, 3);
    const soon = String((Date.now() + 60_000) * 1000).padStart(17, "0");
    writeFileSync(join(folder, `0000000002-${soon}.log`), "");

    const { messages } = open(folder);
    await messages.ready;
    t.mock.timers.tick(5000);
    await messages.ready;
    const found = await all(messages);
    await messages.stop();

    assert.equal(found.length, 3);
  });

  it("tells who reads it how far that is, and what was deleted before, but not what was read or not wanted", async (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const { messages } = open(tempDir(t));
    const fill = async (count: number): Promise<void> => {
      for (let at = 0; at < count; at += 1) {
        say(messages, "a", "x".repeat(10_000));
        t.mock.timers.tick(50);
        await messages.ready;
      }
      t.mock.timers.tick(5000);
      await messages.ready;
    };
    say(messages, "a", "first");
    t.mock.timers.tick(50);
    await messages.ready;
    const slow = reading(messages, 1);
    await slow.next();
    const { readTo: slowTo = 0 } = slow.cursor;
    const picky = reading(messages, 1, () => false);

    for (let round = 0; round < 4; round += 1) {
      await fill(40);
      await picky.next();
    }
    const pickyTo = picky.cursor.readTo;
    const unread = [picky.cursor.takeGap(), slow.cursor.takeGap()];
    await fill(200);
    const [next] = await slow.next();
    const late = reading(messages, slowTo);
    await late.cursor.read();
    const gaps = [slow.cursor.takeGap(), slow.cursor.takeGap(), late.cursor.takeGap()];
    const oldest = messages.figures.oldest ?? 0;
    await messages.stop();

    assert.deepEqual(unread, [undefined, undefined]);
    assert.ok((pickyTo ?? 0) > slowTo);
    assert.deepEqual(gaps, [
      { from: slowTo + 1, to: next?.ts },
      undefined,
      { from: slowTo, to: oldest },
    ]);
  });

  it("keeps the last message of each topic while there is room, and drops others first", async (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const folder = tempDir(t);
    const { messages } = open(folder, { lastValuePerKey: true });
    say(messages, "seldom", "once");
    for (let at = 0; at < 400; at += 1) {
      say(messages, `often/${at % 10}`, `${at} ${"x".repeat(10_000)}`);
      t.mock.timers.tick(50);
      await messages.ready;
    }
    t.mock.timers.tick(5000);
    await messages.ready;
    await messages.stop();

    const again = open(folder, { lastValuePerKey: true }).messages;
    const found = await all(again);
    const { bytes } = again.figures;
    await again.stop();

    assert.deepEqual(
      found.map(({ line }) => line.split(" ")[0]),
      ["seldom", ...Array.from({ length: 10 }, (_, at) => `often/${at}`)],
    );
    assert.ok(bytes <= MIB, `${bytes} bytes`);
  });
});
