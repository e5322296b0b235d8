/** What values were made of, asked for what is on screen. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  createTagRawWatch,
  rawSentence,
  statusSentence,
  type TagRaw,
} from "../../uns-browser/lib/tag-raw.ts";

function opened(answers: readonly object[]) {
  const asked: unknown[] = [];
  const timers: { readonly ms: number; readonly run: () => void }[] = [];
  let isSeen = true;
  const watch = createTagRawWatch(
    {
      send: (url, options) => {
        asked.push([url, JSON.parse(String(options.body))]);
        const answer = answers[asked.length - 1];
        if (answer === undefined) return Promise.reject(new Error("no hub"));
        return Promise.resolve({ ok: true, status: 200, json: () => Promise.resolve(answer) });
      },
      timer: (ms, run) => {
        const timer = { ms, run };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
      isSeen: () => isSeen,
    },
    { adapter: "p", device: "d" },
  );
  const next = async (): Promise<void> => {
    timers.shift()?.run();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { watch, asked, timers, next, hide: () => void (isSeen = false) };
}

const RAW: TagRaw = {
  raw: "4.82",
  type: "Double",
  status: { code: 0, name: "Good" },
  sampling: { asked: 50, granted: 100 },
  publishing: { asked: 1500, granted: 1500 },
  now: null,
};

describe("what the values on screen were made of", () => {
  it("is asked for of these alone, again and again, and stays while the hub does not answer", async () => {
    const { watch, asked, timers, next } = opened([
      { raws: [{ tag: "A", raw: "00 78", at: 1 }, { tag: 7 }] },
      {
        raws: [
          {
            tag: "B",
            raw: "1",
            type: "Int16",
            status: { code: 0, name: "Good" },
            now: { value: 1, quality: "good", datatype: "Int16" },
          },
        ],
      },
    ]);
    watch.look(["A", "B"]);
    watch.look(["A", "B"]);
    assert.equal(timers.length, 1);
    await next();
    assert.equal(watch.raws.get().get("A")?.raw, "00 78");
    watch.look(["B"]);
    await next();
    assert.deepEqual(asked, [
      ["/api/v1/adapters/p/raw", { device: "d", tags: ["A", "B"] }],
      ["/api/v1/adapters/p/raw", { device: "d", tags: ["B"] }],
    ]);
    assert.deepEqual([...watch.raws.get().keys()], ["B"]);
    await next(); // no hub
    assert.equal(watch.raws.get().get("B")?.type, "Int16");
    assert.equal(watch.raws.get().get("B")?.now?.value, 1);
    watch.stop();
    assert.equal(timers.length, 0);
  });

  it("is not asked for while nobody sees the page, or no tag is on screen", async () => {
    const { watch, asked, timers, next, hide } = opened([]);
    watch.look([]);
    assert.equal(timers.length, 0);
    hide();
    watch.look(["A"]);
    await next();
    assert.equal(asked.length, 0);
    assert.equal(timers.length, 1);
  });

  it("is told in sentences: type, status code, what was granted of what was asked", () => {
    assert.equal(
      rawSentence(RAW),
      "Sent as Double. Good: the value is right. The server looks at it every 100 ms instead of 50 ms. It sends what has changed every 1.5 s.",
    );
    assert.equal(statusSentence("BadFancy"), "BadFancy: the server has no usable value.");
    assert.equal(
      rawSentence({ ...RAW, type: null, status: null, sampling: null, publishing: null }),
      "",
    );
  });
});
