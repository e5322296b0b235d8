/** Whatever i3X is asked: never a fault of the hub, never a word of what is inside, always in the shapes of i3X. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  anything,
  array,
  assert as holds,
  asyncProperty,
  constantFrom,
  double,
  oneof,
  record,
  string,
  type Arbitrary,
} from "fast-check";
import { listAt, valueAt } from "../../support/i3x-client.ts";
import { NODE, PRESS, startI3xPlant } from "../../support/i3x-plant.ts";

const REQUESTS: readonly (readonly [method: string, path: string])[] = [
  ["POST", "/objecttypes/query"],
  ["POST", "/relationshiptypes/query"],
  ["POST", "/objects/list"],
  ["POST", "/objects/related"],
  ["POST", "/objects/value"],
  ["POST", "/objects/history"],
  ["PUT", "/objects/value"],
  ["PUT", "/objects/history"],
  ["POST", "/subscriptions"],
  ["POST", "/subscriptions/list"],
  ["POST", "/subscriptions/delete"],
  ["POST", "/subscriptions/register"],
  ["POST", "/subscriptions/unregister"],
  ["POST", "/subscriptions/sync"],
];

const IDS = [
  PRESS,
  NODE,
  "acme",
  "",
  "/",
  "//",
  `${PRESS}/`,
  `/${PRESS}`,
  `${PRESS}/Motor 1`,
  `${PRESS}/Motor 1/Speed/x`,
  `${PRESS}/_value`,
  "__proto__",
  "constructor",
  "$unshub/adapters",
  "$unshub/adapters/x",
  "type:isa95.Site",
  "%",
  "%00",
  "a\u0000b",
  "\uD800",
  "x".repeat(70_000),
  "a/".repeat(30_000),
  `${PRESS}/Motor 1/`.padEnd(60_000, "b/"),
];

const id = oneof(constantFrom(...IDS), string());
const time = oneof(
  constantFrom("2023-11-14T22:13:20.123Z", "2026-01-01T00:00:00+14:00", "0000-01-01T00:00:00Z"),
  string(),
);
const value = oneof(anything({ withBigInt: false, withDate: false }), double(), constantFrom(null));
const update = record(
  {
    elementId: id,
    value: record(
      { value, quality: constantFrom("Good", "Bad", "Uncertain", "GoodNoData"), timestamp: time },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

const body: Arbitrary<object> = record(
  {
    elementIds: oneof(array(id), value),
    updates: oneof(array(update), value),
    clientId: oneof(constantFrom("c"), value),
    subscriptionId: oneof(id, value),
    subscriptionIds: oneof(array(id), value),
    lastSequenceNumber: oneof(double(), constantFrom(-1, 0, 1)),
    relationshipType: oneof(constantFrom("HasParent", "toString"), value),
    includeMetadata: oneof(constantFrom(true, false), value),
    maxDepth: oneof(constantFrom(0, 1, 2, 99), value),
    startTime: oneof(time, value),
    endTime: oneof(time, value),
  },
  { requiredKeys: [] },
);

const INSIDE = /node_modules|\.ts:\d|\bat \w+ \(|Error:/;

describe("i3X", { timeout: 180_000 }, () => {
  it("answers any body with what i3X has for it, and is well afterwards", async (t) => {
    const { client } = await startI3xPlant(t, {
      more: "commands: { default: allow, confirmWithin: 100ms }",
    });

    await holds(
      asyncProperty(constantFrom(...REQUESTS), body, async ([method, path], asked) => {
        const answer = await client.ask(method, path, asked);

        assert.ok(answer.status < 500, `${path}: ${answer.status} ${answer.text}`);
        assert.equal(typeof valueAt(answer.json, "success"), "boolean", answer.text);
        assert.doesNotMatch(answer.text, INSIDE);
        if (answer.status === 200 && valueAt(answer.json, "results") !== undefined) {
          const wanted = valueAt(asked, "updates") ?? valueAt(asked, "elementIds");
          const own = path.endsWith("list") && path.startsWith("/sub") ? undefined : wanted;
          if (Array.isArray(own) && !path.startsWith("/sub") && method === "POST")
            assert.equal(listAt(answer.json, "results").length, listAt(asked, "elementIds").length);
        }
      }),
      { numRuns: 400 },
    );

    const { status } = await client.ask("GET", "/objects");
    assert.equal(status, 200);
  });

  it("answers what is no JSON, too large or not to be found in the same shape", async (t) => {
    const { client } = await startI3xPlant(t);
    const many = { elementIds: Array.from({ length: 1001 }, () => PRESS) };

    const answers = [
      [400, await client.plain("POST", "/objects/value", "{")],
      [400, await client.plain("POST", "/objects/value", "")],
      [400, await client.plain("POST", "/objects/value", "[]")],
      [400, await client.plain("POST", "/objects/value", many)],
      [
        413,
        await client.plain("POST", "/objects/value", `{"elementIds":["${"x".repeat(1_100_000)}"]}`),
      ],
      [415, await client.plain("POST", "/objects/value", "<a/>", { "content-type": "text/xml" })],
      [400, await client.plain("GET", "/objects?typeElementId=a&typeElementId=b")],
      [404, await client.plain("GET", "/objects/value")],
      [404, await client.plain("POST", "/objects/history/nothing", {})],
      [404, await client.plain("DELETE", "/subscriptions")],
      [400, await client.plain("GET", "/%")],
    ] as const;

    for (const [status, answer] of answers) {
      assert.equal(answer.status, status, answer.text);
      assert.equal(valueAt(answer.json, "success"), false, answer.text);
      assert.equal(valueAt(answer.json, "responseDetail", "status"), status);
      assert.doesNotMatch(answer.text, INSIDE);
    }
  });
});
