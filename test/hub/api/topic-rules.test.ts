/** The rules of topics, and trials: what a trial says is what a client then meets, and a trial leaves nothing behind. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { samplePayload, type Sample } from "../../../hub/src/namespace/guard/sample-message.ts";
import { PASSWORD, startClosedHub, Visit } from "../../support/http-hub.ts";
import { startTestHub } from "../../support/hub.ts";
import { publishPacket, RawClient, subscribePacket } from "../../support/mqtt-raw-client.ts";

const trialShape = z.object({
  as: z.string(),
  outcome: z.enum(["taken", "noted", "refused"]),
  refusal: z
    .object({ by: z.string(), reasonCode: z.int(), because: z.string(), isEnd: z.boolean() })
    .nullable(),
  broken: z.array(z.looseObject({ code: z.string(), level: z.string() })),
  besides: z.enum(["command", "write"]).nullable(),
});

async function tried(
  visit: Visit,
  wish: Readonly<Record<string, string>>,
): Promise<z.output<typeof trialShape>> {
  const query = new URLSearchParams(wish).toString();
  return trialShape.parse(await visit.json("GET", `/api/v1/topic-rules/trial?${query}`));
}

async function status(visit: Visit, query: string): Promise<number> {
  return (await visit.ask("GET", `/api/v1/topic-rules/trial?${query}`)).status;
}

interface Attempt {
  readonly topic: string;
  readonly sample: Sample;
  readonly retain?: boolean;
  /** What the trial is to say: the outcome, and whose word it is or which rules speak. */
  readonly says: string;
}

/** Of `press`, who is the edge node Plant1/gw and publishes below mes/. */
const ATTEMPTS: readonly Attempt[] = [
  { topic: "mes/line", sample: "json", says: "taken" },
  { topic: "erp/line", sample: "json", says: "refused grants" },
  { topic: "$SYS/x", sample: "json", says: "refused mqtt" },
  { topic: "$UNS/x", sample: "json", says: "refused grants" },
  { topic: "$stream/uns", sample: "json", says: "refused own topics" },
  { topic: "spBv1.0/Plant1/NDATA/gw", sample: "sparkplug", says: "noted F01" },
  { topic: "spBv1.0/Plant1/NDATA/gw", sample: "json", says: "refused namespace F01 P01" },
  { topic: "spBv1.0/Plant1/NDATA/gw", sample: "sparkplug", retain: true, says: "refused grants" },
  { topic: "spBv1.0/Plant1/DDATA/gw/d1", sample: "sparkplug", says: "noted F01" },
  { topic: "spBv1.0/Plant1/NDATA/other", sample: "sparkplug", says: "refused grants" },
];

function saidIn({ outcome, refusal, broken }: z.output<typeof trialShape>): string {
  const codes = broken.map(({ code }) => code);
  return [outcome, ...(refusal === null ? [] : [refusal.by]), ...codes].join(" ");
}

describe("a trial of a topic", { timeout: 120_000 }, () => {
  it("says what the client then meets, in the same words, and leaves nothing behind", async (t) => {
    const hub = await startClosedHub(t, "", { sparkplug: ", rules: { P01: reject }" });
    await hub.putUser("press", "viewer", ["node Plant1/gw", "publish mes/#", "subscribe mes/#"]);
    await using client = await RawClient.connected(hub.mqttPort, {
      protocolVersion: 5,
      clientId: "press-1",
      username: "press",
      password: Buffer.from(PASSWORD),
    });
    const wishes = ATTEMPTS.map(({ topic, sample, retain = false }) => ({
      topic,
      payload: sample,
      qos: "1",
      ...(retain && { retain: "1" }),
    }));

    const trials = [];
    for (const wish of wishes) {
      const byUser = await tried(hub.admin, { ...wish, user: "press", client: "press-1" });
      trials.push(await tried(hub.admin, { ...wish, client: "press-1" }));
      assert.deepEqual(byUser, trials.at(-1), wish.topic);
    }
    assert.deepEqual(hub.hub.guard.findings(), [], "a trial is told nowhere");
    for (const [at, { topic, sample, retain = false }] of ATTEMPTS.entries()) {
      const payload = Buffer.from(samplePayload(topic, sample, Date.now()));
      client.send(publishPacket(topic, payload, { qos: 1, messageId: at + 1, retain }));
    }

    assert.deepEqual(
      trials.map(saidIn),
      ATTEMPTS.map(({ says }) => says),
    );
    for (const [at, { refusal }] of trials.entries()) {
      const met = await client.find("puback", ({ messageId }) => messageId === at + 1);
      const { reasonCode = 0, properties } = met;
      const told = ATTEMPTS[at]?.topic ?? "";
      assert.equal(reasonCode < 0x80 ? undefined : reasonCode, refusal?.reasonCode, told);
      assert.equal(properties?.reasonString, refusal?.because, told);
    }
  });

  it("says which filters are granted, of streams and shared subscriptions too", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("mes", "viewer", ["subscribe mes/#", "read Plant1"]);
    await using client = await RawClient.connected(hub.mqttPort, {
      protocolVersion: 5,
      clientId: "mes",
      username: "mes",
      password: Buffer.from(PASSWORD),
    });
    const filters = [
      "mes/#",
      "#",
      "$share/g/mes/+",
      "$share/g/erp/#",
      "mes/#/x",
      "spBv1.0/Plant1/#",
      "$stream/no-such-stream/mes/#",
    ];
    const ask = async (topic: string): Promise<number> => {
      const { refusal } = await tried(hub.admin, { does: "subscribe", topic, user: "mes" });
      return refusal?.reasonCode ?? 0;
    };

    const said = await Promise.all(filters.map(ask));
    client.send(subscribePacket(...filters));
    const { granted } = await client.find("suback");

    assert.deepEqual(said, granted);
    assert.deepEqual(new Set(said), new Set([0, 0x87, 0x8f]));
  });

  it("follows the rules as they are now, and says that a birth would end the connection", async (t) => {
    const hub = await startTestHub(t, "", {
      otherTopics: "reject",
      sparkplug: ", rules: { S04: reject }",
    });
    const visit = new Visit(`http://127.0.0.1:${hub.httpPort}`);
    const wrong = { topic: "spBv1.0/Plant1/XDATA/gw" };
    const birth = { topic: "spBv1.0/Plant1/NBIRTH/gw", payload: "json" };

    const rules = await visit.json("GET", "/api/v1/topic-rules");
    const noted = await tried(visit, wrong);
    const good = await tried(visit, { ...birth, payload: "sparkplug" });
    await visit.json("PUT", "/api/v1/rules/T03", { level: "reject" });
    await visit.json("PUT", "/api/v1/rules/P01", { level: "reject" });

    assert.partialDeepStrictEqual(rules, {
      profile: "observe",
      otherTopics: "reject",
      anonymous: "full",
      plainRoot: null,
      named: [{ code: "S04", level: "reject" }],
      levels: { off: 0 },
    });
    assert.deepEqual([saidIn(noted), saidIn(good)], ["noted T03", "taken"]);
    assert.equal(saidIn(await tried(visit, wrong)), "refused namespace T03");
    const refused = await tried(visit, birth);
    assert.partialDeepStrictEqual(refused, { as: "anonymous", refusal: { isEnd: true } });
    const command = await tried(visit, { topic: "spBv1.0/Plant1/NCMD/gw" });
    assert.deepEqual([saidIn(command), command.besides], ["taken", "command"]);
    const own = await tried(visit, { topic: "spBv1.0/STATE/test", qos: "1", retain: "1" });
    assert.equal(saidIn(own), "refused namespace S16");
    const plain = await tried(visit, { topic: "mes/line" });
    assert.match(plain.refusal?.because ?? "", /outside spBv1\.0/);
    assert.equal((await tried(visit, { topic: "a/+" })).refusal?.isEnd, true);
  });

  it("is of users for administrators alone, and of nobody who is not there", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("olga", "operator", ["read Plant1"]);
    const olga = await hub.visit("olga", PASSWORD);

    assert.equal(await status(olga, "topic=a&user=root"), 403);
    assert.equal(await status(olga, "topic=a"), 200);
    assert.equal(await status(hub.admin, "topic=a&user=nobody"), 404);
    assert.equal(await status(hub.admin, "topic=a&client=nobody"), 404);
    assert.equal(await status(hub.admin, "topic=a&qos=3"), 400);
  });
});
