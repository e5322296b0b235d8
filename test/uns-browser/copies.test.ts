/** What can be copied of a row. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ValueAnswer } from "@unshub/hub/feed";
import { copiesOf, type CopySource } from "../../uns-browser/lib/copies.ts";
import { metricRow } from "./fake-hub.ts";

const ANSWER: ValueAnswer = {
  epoch: "e",
  row: { ...metricRow(4, 3, "Count"), datatype: "UInt64" },
  path: "g/e/d/Count",
  unsPath: "Plant/Line/Count",
  groupId: "g",
  edgeNodeId: "e",
  deviceId: "d",
  metric: "Count",
  topic: "spBv1.0/g/DDATA/e/d",
  alias: "7",
  description: null,
  bounds: {},
  value: { i64: "18446744073709551615" },
  quality: 2,
  reason: null,
  timestamp: 0,
  receivedAt: null,
};

const METRIC: CopySource = {
  path: "g/e/d/Count",
  row: ANSWER.row,
  lens: "uns",
  shown: { i64: "12" },
  isNow: true,
  answer: ANSWER,
  origin: null,
  host: "http://hub:8080",
};

const copies = (more: Partial<CopySource>): ReadonlyMap<string, string> =>
  new Map(copiesOf({ ...METRIC, ...more }));

/** The value in the JSON that is copied. */
function jsonValue(value: ValueAnswer["value"]): unknown {
  const json: unknown = JSON.parse(copies({ answer: { ...ANSWER, value } }).get("json") ?? "null");
  return json !== null && typeof json === "object" && "value" in json ? json.value : undefined;
}

describe("copies of a row", () => {
  it("have 64-bit numbers to the last digit, and nothing of how the page is told of values", () => {
    assert.equal(jsonValue(ANSWER.value), "18446744073709551615");
    assert.equal(jsonValue(7), 7);
    assert.equal(jsonValue({ f: "NaN" }), null);
    assert.equal(jsonValue({ o: "DataSet 2 × 3" }), "DataSet 2 × 3");
  });

  it("have the value that is on screen; what is of now is not there while the past is shown", () => {
    assert.equal(copies({}).get("value"), "12");
    assert.equal(copies({ isNow: false }).get("value"), "12");
    assert.equal(copies({ isNow: false }).has("json"), false);
    assert.equal(copies({ shown: undefined }).has("value"), false);
    assert.equal(copies({}).get("link"), "http://hub:8080/ns/?p=g/e/d/Count");
  });

  it("name places and topics as what they are, with a link that leads to them", () => {
    const place = copies({ row: { kind: "place" }, path: "Plant/Line%201", answer: null });
    const topic = copies({ row: { kind: "topic" }, path: "a/b", lens: "topic", answer: null });
    const branch = copies({ row: { kind: "folder" }, path: "g/e/M", answer: null });

    assert.equal(place.get("uns"), "Plant/Line 1");
    assert.equal(place.has("sparkplug"), false);
    assert.equal(place.get("link"), "http://hub:8080/ns/?p=Plant/Line%201&lens=uns");
    assert.equal(topic.get("topic"), "a/b");
    assert.equal(topic.get("link"), "http://hub:8080/ns/?p=a/b&lens=topic");
    assert.deepEqual([branch.get("sparkplug"), branch.has("uns")], ["g/e/M", false]);
  });
});
