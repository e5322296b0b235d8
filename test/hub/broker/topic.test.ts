import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  isReservedTopic,
  isTopicFilter,
  isTopicName,
  matchesFilter,
} from "../../../hub/src/broker/routing/topic.ts";
import { TopicTree } from "../../../hub/src/broker/routing/topic-tree.ts";
import { TopicTrie } from "../../../hub/src/broker/routing/topic-trie.ts";
import { seeded } from "../../support/seeded.ts";

/** Filter, topic, and whether they match: the examples of the standard, then the corners. */
const MATCHES: readonly (readonly [string, string, boolean])[] = [
  ["sport/tennis/player1/#", "sport/tennis/player1", true],
  ["sport/tennis/player1/#", "sport/tennis/player1/ranking", true],
  ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
  ["sport/#", "sport", true],
  ["sport/tennis/+", "sport/tennis/player1", true],
  ["sport/tennis/+", "sport/tennis/player1/ranking", false],
  ["sport/+", "sport", false],
  ["sport/+", "sport/", true],
  ["+/+", "/finance", true],
  ["/+", "/finance", true],
  ["+", "/finance", false],
  ["#", "a/b/c", true],
  ["+/tennis/#", "sport/tennis", true],
  ["#", "$SYS/monitor", false],
  ["+/monitor/Clients", "$SYS/monitor/Clients", false],
  ["$SYS/#", "$SYS/monitor", true],
  ["$SYS/monitor/+", "$SYS/monitor/Clients", true],
  ["a/$SYS/#", "a/$SYS/b", true],
  ["a/+/c", "a//c", true],
  ["a/b", "a/B", false],
  ["__proto__", "__proto__", true],
  ["constructor/+", "constructor/toString", true],
];

describe("topic filters", () => {
  for (const [filter, topic, expected] of MATCHES) {
    it(`${filter} ${expected ? "matches" : "does not match"} ${topic}`, () => {
      const trie = new TopicTrie<string>();
      trie.add(filter, filter);
      const tree = new TopicTree<string>();
      tree.set(topic, topic);

      assert.equal(matchesFilter(filter, topic), expected);
      assert.deepEqual(trie.match(topic), expected ? [filter] : []);
      assert.deepEqual(
        [...tree.matching(filter)].filter((value) => value !== undefined),
        expected ? [topic] : [],
      );
    });
  }

  it("are told from illegal ones [MQTT5-4.7.1-1] [MQTT5-4.7.1-2]", () => {
    const legal = ["#", "+", "a/#", "+/a/+", "/", "a//b", "$share/g/a/#"];
    const illegal = ["", "a#", "a/#/b", "a+", "+a/b", "##", "a\0b"];

    assert.deepEqual(legal.filter(isTopicFilter), legal);
    assert.deepEqual(illegal.filter(isTopicFilter), []);
  });
});

describe("topic names", () => {
  it("hold no wildcard, no U+0000 [MQTT5-3.3.2-2] [MQTT5-4.7.3-2]", () => {
    const legal = ["a", "/", "a/b", "spBv1.0/G/NBIRTH/E", "__proto__"];
    const illegal = ["", "a/+", "#", "a\0"];

    assert.deepEqual(legal.filter(isTopicName), legal);
    assert.deepEqual(illegal.filter(isTopicName), []);
  });

  it("below $SYS/ are the server's", () => {
    assert.equal(isReservedTopic("$SYS/broker"), true);
    assert.equal(isReservedTopic("$sparkplug/certificates/x"), false);
  });
});

describe("the tree of filters", () => {
  it("agrees with the plain rule on 20 000 random pairs, also after filters were removed", () => {
    const random = seeded(4711);
    const filters = Array.from({ length: 200 }, () =>
      randomLevels(random, ["a", "b", "$c", "", "+"]),
    );
    const withHash = filters.map((filter) => (random() < 0.3 ? `${filter}/#` : filter));
    const trie = new TopicTrie<string>();
    for (const filter of withHash) trie.add(filter, filter);
    const kept = new Set(withHash.filter(() => random() < 0.5));
    for (const filter of withHash) if (!kept.has(filter)) trie.remove(filter, filter);

    for (let count = 0; count < 100; count += 1) {
      const topic = randomLevels(random, ["a", "b", "$c", ""]);
      const expected = [...kept].filter((filter) => matchesFilter(filter, topic));
      assert.deepEqual(trie.match(topic).toSorted(), expected.toSorted(), topic);
    }
  });

  it("finds a value as often as it is filed", () => {
    const trie = new TopicTrie<string>();
    trie.add("a/#", "x");
    trie.add("a/+", "x");
    trie.add("a/+", "x");

    assert.deepEqual(trie.match("a/b"), ["x", "x"]);
  });
});

describe("the tree of topics", () => {
  it("forgets a topic and keeps those above and below it", () => {
    const tree = new TopicTree<number>();
    tree.set("a", 1);
    tree.set("a/b", 2);
    tree.set("a/b/c", 3);

    tree.delete("a/b");
    tree.delete("not/there");

    assert.deepEqual(
      [...tree.matching("a/#")].filter((value) => value !== undefined),
      [1, 3],
    );
  });
});

function randomLevels(random: () => number, words: readonly string[]): string {
  const length = 1 + Math.floor(random() * 4);
  return Array.from({ length }, () => words[Math.floor(random() * words.length)]).join("/");
}
