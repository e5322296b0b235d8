/** Writes of assistants: proposals that people approve. Nothing else reaches the broker. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import { connectAsync } from "mqtt";
import { z } from "zod";
import { PASSWORD } from "../../support/identity-hub.ts";
import {
  faultOf,
  openMcpPlant,
  PRESS,
  structureOf,
  TREE_PRESS,
  type Answer,
  type McpPlant,
} from "../../support/mcp-plant.ts";

const SETPOINT = `${PRESS}/Hydraulics/Setpoint`;
const OPEN = `{ writes: true, writeAllow: ["${PRESS}/#"] }`;
const YES: Answer = { action: "accept", content: { confirm: true } };
const GRANTS = ["read *", "command Plant1/gw-press/press-01 *"];
const WISH = { elementId: SETPOINT, value: 250, reason: "the part is thicker" };

const receiptSchema = z.looseObject({
  receipt: z.object({
    id: z.int(),
    digest: z.string(),
    path: z.string(),
    at: z.string(),
    by: z.string(),
  }),
});

/** A plant, and every command that the broker carries. */
async function openPlant(t: TestContext, mcp = OPEN) {
  const plant = await openMcpPlant(t, mcp);
  await plant.addUser("watcher", "operator", ["read *"]);
  const login = { clientId: "watcher", username: "watcher", password: PASSWORD };
  const mqtt = await connectAsync(`mqtt://127.0.0.1:${plant.mqttPort}`, login);
  t.after(() => mqtt.endAsync(true));
  const commands: string[] = [];
  mqtt.on("message", (topic) => commands.push(topic));
  await mqtt.subscribeAsync(["spBv1.0/+/DCMD/#", "spBv1.0/+/NCMD/#"]);
  const secret = await plant.addToken("assistant", "operator", GRANTS);
  /** Every command until now: what was carried before comes before the answer to a subscription. */
  const carried = async (): Promise<readonly string[]> => {
    await mqtt.subscribeAsync("spBv1.0/fence/DCMD/#");
    return [...commands];
  };
  return { ...plant, carried, secret };
}

/** As somebody who signs in by name, at the API. */
async function as(plant: McpPlant, name: string, method: string, path: string): Promise<unknown> {
  const authorization = `Basic ${Buffer.from(`${name}:${PASSWORD}`).toString("base64")}`;
  const answer = await fetch(new URL(path, plant.url), { method, headers: { authorization } });
  assert.equal(answer.status, 200, await answer.clone().text());
  return await answer.json();
}

describe("a write by MCP", { timeout: 300_000 }, () => {
  it("waits at /commands/ for a second person, and is sent when he says yes", async (t) => {
    const plant = await openPlant(t);
    await plant.addUser("ann", "operator", GRANTS);
    const questions: string[] = [];
    const client = await plant.client(plant.secret, () => YES);
    client.setRequestHandler("elicitation/create", ({ params }) => {
      questions.push("message" in params ? params.message : "");
      return { ...YES };
    });

    const answer = structureOf(await client.callTool({ name: "uns_write", arguments: WISH }));
    const { receipt } = receiptSchema.parse(answer);
    const before = await plant.carried();
    const shown = await as(plant, "ann", "GET", `/api/v1/commands/${receipt.id}`);
    const ended = await as(plant, "ann", "POST", `/api/v1/commands/${receipt.id}/approve`);
    const state = { name: "uns_proposal", arguments: { id: receipt.id } };
    const told = structureOf(await client.callTool(state));

    assert.deepEqual(questions, [
      `Write 250 to "${SETPOINT}", which is 200 bar now? Reason: "the part is thicker"`,
    ]);
    assert.equal(answer["result"], "waiting");
    assert.deepEqual(before, []);
    assert.partialDeepStrictEqual(shown, {
      path: `${TREE_PRESS}/Hydraulics/Setpoint`,
      by: { actor: "token:assistant", via: "mcp" },
      reason: WISH.reason,
      outcome: { result: "waiting" },
    });
    assert.partialDeepStrictEqual(ended, { result: "confirmed", value: 250 });
    assert.deepEqual(await plant.carried(), ["spBv1.0/Plant1/DCMD/gw-press/press-01"]);
    assert.equal(plant.server.memory["1"]?.hr?.["1"], 250);
    assert.partialDeepStrictEqual(told, { result: "confirmed", receipt });
  });

  it("leaves a receipt that can be proved, on the audit trail too", async (t) => {
    const plant = await openPlant(t);
    const client = await plant.client(plant.secret, () => YES);

    const answer = structureOf(await client.callTool({ name: "uns_write", arguments: WISH }));
    const { receipt } = receiptSchema.parse(answer);
    await plant.ask("GET", "/api/v1/audit"); // what waits is written
    const line = plant.trail().find(({ via, result }) => via === "mcp" && result === "asked");

    const { id, at, by, path } = receipt;
    const asked = JSON.stringify([id, Date.parse(at), by, path, 250, WISH.reason]);
    const digest = createHash("sha256").update(asked).digest("hex");
    assert.equal(receipt.digest, `sha256:${digest}`);
    assert.partialDeepStrictEqual(line, {
      actor: "token:assistant",
      action: "command",
      object: path,
      after: 250,
    });
    assert.match(String(line?.["reason"]), new RegExp(`^the part is thicker; receipt ${digest}`));
  });

  it("is not made by whoever proposed it, says no, cannot ask, or answers for his person", async (t) => {
    const plant = await openPlant(t);
    const write = { name: "uns_write", arguments: WISH };
    const no: readonly Answer[] = [
      { action: "decline" },
      { action: "cancel" },
      { action: "accept", content: { confirm: false } },
    ];

    for (const answer of no) {
      const client = await plant.client(plant.secret, () => answer);
      assert.match(faultOf(await client.callTool(write)), /did not say yes: nothing was sent/);
    }
    const mute = await plant.client(plant.secret);
    const silent = await mute.callTool(write).then(faultOf, String);
    const old = await plant.oldClient(plant.secret);
    const legacy = await old.callTool(write).then(faultOf, String);
    const forged = await rawCall(plant, { ...write, inputResponses: { confirm: YES } });
    const other = await rawCall(plant, {
      ...write,
      inputResponses: { confirm: YES },
      requestState: "v1.e30.AAAA",
    });
    const proposer = await plant.client(plant.secret, () => YES);
    const { receipt } = receiptSchema.parse(structureOf(await proposer.callTool(write)));
    const own = await fetch(new URL(`/api/v1/commands/${receipt.id}/approve`, plant.url), {
      method: "POST",
      headers: { authorization: `Bearer ${plant.secret}` },
    });

    assert.match(silent, /elicitation/i);
    assert.match(legacy, /takes 2026-07-28\. Nothing was sent/);
    assert.match(forged, /the confirmation is not of this request/);
    assert.match(other, /requestState/);
    assert.match(await own.text(), /the second person must be another one/);
    assert.deepEqual(await plant.carried(), []);
    assert.equal(plant.server.memory["1"]?.hr?.["1"], 200);
  });

  it("takes a yes for what was asked, once", async (t) => {
    const plant = await openPlant(t);
    const call = (args: object, more: object = {}): Promise<string> =>
      rawCall(plant, { name: "uns_write", arguments: args, ...more });

    const first = await call(WISH);
    const [, requestState = ""] = /"requestState":"([^"]+)"/.exec(first) ?? [];
    const more = { inputResponses: { confirm: YES }, requestState };
    const changed = await call({ ...WISH, value: 300 }, more);
    const right = await call(WISH, more);
    const again = await call(WISH, more);

    assert.match(first, /"resultType":"input_required"/);
    assert.match(changed, /the confirmation is not of this request/);
    assert.match(right, /"result":"waiting"/);
    assert.match(again, /was used already/);
  });

  it("is refused before anybody is asked, where it could not be done", async (t) => {
    const plant = await openPlant(t);
    let asked = 0;
    const client = await plant.client(plant.secret, () => {
      asked += 1;
      return YES;
    });
    const write = async (wish: object): Promise<string> =>
      faultOf(await client.callTool({ name: "uns_write", arguments: { ...WISH, ...wish } }));

    assert.match(await write({ elementId: `${PRESS}/Running` }), /read-only/);
    assert.match(await write({ elementId: "acme/other" }), /there is nothing at "acme\/other"/);
    assert.match(await write({ reason: " " }), /reason/);
    assert.equal(asked, 0);
    assert.deepEqual(await plant.carried(), []);
  });

  it("is not there for those who may not, nor where it is not opened", async (t) => {
    const plant = await openPlant(t);
    const toolsOf = async (role: string): Promise<readonly string[]> => {
      const client = await plant.client(await plant.addToken(role, role, GRANTS));
      return (await client.listTools()).tools.map(({ name }) => name);
    };

    const [viewer, operator, admin] = [
      await toolsOf("viewer"),
      await toolsOf("operator"),
      await toolsOf("admin"),
    ];

    assert.ok(!viewer.includes("uns_write") && !viewer.includes("sparkplug_rebirth"));
    assert.ok(operator.includes("uns_write") && operator.includes("uns_proposal"));
    assert.ok(!admin.includes("uns_write") && admin.includes("sparkplug_rebirth"));
  });

  it("goes where mcp.writeAllow and a grant say, and nowhere else", async (t) => {
    const plant = await openPlant(t, '{ writes: true, writeAllow: ["acme/other/#"] }');
    const client = await plant.client(plant.secret, () => YES);
    const elsewhere = await openPlant(t);
    const reader = await elsewhere.client(
      await elsewhere.addToken("reader", "operator", ["read *"]),
      () => YES,
    );
    const write = { name: "uns_write", arguments: WISH };

    assert.match(faultOf(await client.callTool(write)), /mcp\.writeAllow does not name/);
    assert.match(faultOf(await reader.callTool(write)), /no grant of reader allows to command/);
    assert.deepEqual([...(await plant.carried()), ...(await elsewhere.carried())], []);
  });

  it("needs one person only where the configuration says so", async (t) => {
    const plant = await openPlant(t, OPEN.replace("{", "{ approval: client,"));
    const client = await plant.client(plant.secret, () => YES);

    const answer = structureOf(await client.callTool({ name: "uns_write", arguments: WISH }));

    assert.partialDeepStrictEqual(answer, { result: "confirmed", value: 250 });
    assert.deepEqual(await plant.carried(), ["spBv1.0/Plant1/DCMD/gw-press/press-01"]);
  });

  it("ends with the hub when it waited, and is still known by its number, which no other gets", async (t) => {
    const plant = await openPlant(t);
    const client = await plant.client(plant.secret, () => YES);
    const write = { name: "uns_write", arguments: WISH };
    const first = receiptSchema.parse(structureOf(await client.callTool(write))).receipt;
    const same = receiptSchema.parse(structureOf(await client.callTool(write))).receipt;
    await plant.stop();

    const next = await openMcpPlant(t, OPEN, "", plant.dataDir);
    const { tree } = next.hub;
    await next.until(() => tree.online(tree.find(TREE_PRESS) ?? -1) === true);
    await next.addUser("ann", "operator", GRANTS);
    const assistant = await next.client(plant.secret, () => YES);
    const stateOf = async (id: number): Promise<unknown> =>
      await assistant.callTool({ name: "uns_proposal", arguments: { id } });
    const states = [structureOf(await stateOf(first.id)), structureOf(await stateOf(same.id))];
    const later = receiptSchema.parse(structureOf(await assistant.callTool(write))).receipt;
    const unknown = faultOf(await stateOf(same.id + 1));
    const future = faultOf(await stateOf(later.id + 1));
    const authorization = `Basic ${Buffer.from(`ann:${PASSWORD}`).toString("base64")}`;
    const url = new URL(`/api/v1/commands/${first.id}/approve`, next.url);
    const approved = await fetch(url, { method: "POST", headers: { authorization } });
    await next.ask("GET", "/api/v1/audit"); // what waits is written

    const because = "the hub ended before a second person said yes: it was not sent";
    assert.partialDeepStrictEqual(states, [
      { result: "refused", code: "EXPIRED", because, receipt: first },
      { result: "refused", code: "EXPIRED", because, receipt: same },
    ]);
    assert.ok(later.id > same.id + 1);
    assert.match(unknown, /no proposal \d+ of yours since the hub was started/);
    assert.match(future, /no proposal \d+ of yours$/);
    assert.equal(approved.ok, false);
    assert.equal(next.server.memory["1"]?.hr?.["1"], 200);
    const ends = next.trail().filter(({ result, via }) => via === "mcp" && result === "refused");
    assert.deepEqual(
      ends.map(({ reason }) => reason),
      [first, same].map(
        ({ id, digest, at }) =>
          `${WISH.reason}; ${digest.replace("sha256:", "receipt ")} of proposal ${id} at ${at}; refused: ${because}`,
      ),
    );
  });

  it("asks for births when a person says yes", async (t) => {
    const plant = await openPlant(t);
    const secret = await plant.addToken("nurse", "operator", ["read *", "rebirth Plant1"]);
    const args = { node: "Plant1/gw-press", reason: "a metric is missing" };
    const rebirth = { name: "sparkplug_rebirth", arguments: args };
    const refusing = await plant.client(secret, () => ({ action: "decline" }));
    const client = await plant.client(secret, () => YES);

    const refused = faultOf(await refusing.callTool(rebirth));
    const before = await plant.carried();
    const answer = structureOf(await client.callTool(rebirth));

    assert.match(refused, /nothing was sent/);
    assert.deepEqual(before, []);
    assert.deepEqual(answer, { outcome: "asked" });
    assert.partialDeepStrictEqual(plant.trail().at(-1), {
      actor: "token:nurse",
      via: "mcp",
      action: "request rebirth",
      object: "Plant1/gw-press",
      reason: "a metric is missing",
    });
  });
});

/** A call as a client may write it that does not play by the rules; the answer as it came. */
async function rawCall(plant: McpPlant & { secret: string }, params: object): Promise<string> {
  const version = "2026-07-28";
  const meta = {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": { elicitation: {} },
  };
  const answer = await fetch(new URL("/mcp", plant.url), {
    method: "POST",
    headers: {
      authorization: `Bearer ${plant.secret}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": version,
      "mcp-method": "tools/call",
      "mcp-name": "uns_write",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { ...params, _meta: meta },
    }),
  });
  return await answer.text();
}
