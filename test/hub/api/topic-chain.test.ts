/** What topics below a level have in common. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { TopicChain } from "../../../hub/src/api/topic-chain.ts";

/** `retained`: the topics whose message is. */
function chainOf(level: string, topics: readonly string[], retained: readonly string[] = []) {
  const chain = new TopicChain();
  for (const topic of topics) chain.add(topic, retained.includes(topic));
  return chain.below(level);
}

const names = (chain: ReturnType<typeof chainOf>) => chain.map(({ name }) => name);

/** As a person would look for it: level by level. */
function walked(level: string, topics: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (let at = level; ;) {
    if (at !== level && topics.includes(at)) return found;
    const below = new Set(
      topics
        .filter((topic) => topic.startsWith(`${at}/`))
        .map((topic) => topic.slice(at.length + 1).split("/")[0] ?? ""),
    );
    const [only = "", ...others] = below;
    const next = `${at}/${only}`;
    const isBranch = topics.some((topic) => topic.startsWith(`${next}/`));
    if (below.size === 0 || others.length > 0 || !isBranch) return found;
    found.push(only);
    at = next;
  }
}

describe("the chain of topics below a level", () => {
  it("goes down to where they branch off, and not into a topic that has none below", () => {
    assert.deepEqual(names(chainOf("a", ["a/b/c/1", "a/b/c/2"])), ["b", "c"]);
    assert.deepEqual(names(chainOf("a", ["a/b/c"])), ["b"]);
    assert.deepEqual(names(chainOf("a", ["a/b", "a/c"])), []);
    assert.deepEqual(names(chainOf("a", ["a/bc/x", "a/bd/x"])), []);
  });

  it("ends at a topic, and says whether that one is retained", () => {
    const chain = chainOf("a", ["a/b/1/x", "a/b", "a/b"], ["a/b"]);

    assert.deepEqual(chain, [
      { name: "b", topic: "a/b", branch: true, messages: true, retained: true },
    ]);
    assert.deepEqual(chainOf("a", ["a/b/c/x", "a/b/c"])[0]?.messages, false);
  });

  it("keeps empty levels", () => {
    assert.deepEqual(names(chainOf("a", ["a///x", "a///y"])), ["", ""]);
  });

  it("is the one that is found by walking down, whatever the topics and their order", () => {
    const level = fc.constantFrom("a", "b", "ab", "");
    const topic = fc
      .array(level, { minLength: 1, maxLength: 5 })
      .map((one) => `top/${one.join("/")}`);
    fc.assert(
      fc.property(fc.array(topic, { minLength: 1, maxLength: 6 }), (topics) => {
        assert.deepEqual(names(chainOf("top", topics)), walked("top", topics));
      }),
      { numRuns: 1000 },
    );
  });
});
