/** Replays of assistants: proposals that people approve. Nothing else is told again. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { decodePayload } from "@unshub/sparkplug";
import { connectAsync } from "mqtt";
import { z } from "zod";
import { unshub, unshubApart } from "../../support/cli.ts";
import { tempDir } from "../../support/hub.ts";
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
import { Inbox } from "../../support/mqtt-inbox.ts";

const YES: Answer = { action: "accept", content: { confirm: true } };
const NO: Answer = { action: "decline" };
const AGAIN = "spBv1.0/Plant1/DDATA/gw-press.replay/press-01";
const REASON = "the historian was away";

const answerSchema = z.looseObject({
  result: z.string(),
  receipt: z.object({
    id: z.int(),
    digest: z.string(),
    path: z.string(),
    at: z.string(),
    by: z.string(),
  }),
});

const sectionOf = (approval: string, writeAllow = `${PRESS}/#`): string =>
  `{ writes: true, writeAllow: ["${writeAllow}"], approval: ${approval} }`;

/** A plant with a past, an assistant of an engineer, and a host that hears what is told again. */
async function openPlant(t: TestContext, approval: string, writeAllow = `${PRESS}/#`) {
  const plant = await openMcpPlant(t, sectionOf(approval, writeAllow));
  await plant.addUser("host", "operator", ["read *"]);
  const login = { clientId: "host", username: "host", password: PASSWORD };
  const mqtt = await connectAsync(`mqtt://127.0.0.1:${plant.mqttPort}`, login);
  t.after(() => mqtt.endAsync(true));
  const told = new Inbox<{ topic: string; isHistorical: boolean | undefined }>();
  mqtt.on("message", (topic, payload) => {
    const { metrics } = decodePayload(payload);
    told.push({ topic, isHistorical: metrics[0]?.isHistorical });
  });
  await mqtt.subscribeAsync("spBv1.0/Plant1/+/gw-press.replay/#");
  const secret = await plant.addToken("assistant", "engineer", ["read *"]);
  const from = new Date(Date.now() - 60_000).toISOString();
  const to = new Date(Date.now() + 60_000).toISOString();
  const replay = {
    name: "uns_replay",
    arguments: { elementId: PRESS, from, to, speed: 100, reason: REASON },
  };
  return { ...plant, secret, told, replay };
}

/** The rights of the assistant change; its name stays. */
async function become(hub: McpPlant, role: string): Promise<void> {
  await hub.ask("DELETE", "/api/v1/tokens/assistant");
  await hub.addToken("assistant", role, ["read *"]);
}

describe("a replay by MCP", { timeout: 300_000 }, () => {
  it("waits for a second person, and is told when he says yes; its receipt can be proved", async (t) => {
    const plant = await openPlant(t, "hub");
    await plant.addUser("ann", "engineer", ["read *"]);
    const questions: string[] = [];
    const client = await plant.client(plant.secret, () => YES);
    client.setRequestHandler("elicitation/create", ({ params }) => {
      questions.push("message" in params ? params.message : "");
      return { ...YES };
    });
    const env = { UNSHUB_USER: "ann", UNSHUB_PASSWORD: PASSWORD };
    const ann = (...words: readonly string[]) =>
      unshubApart(["replay", ...words, "--url", plant.url], env);

    const asked = answerSchema.parse(structureOf(await client.callTool(plant.replay)));
    const { id, digest, by, at, path } = asked.receipt;
    const before = [...plant.told.all];
    const listed = await ann("--list");
    const approved = await ann("--approve", String(id));
    const first = await plant.told.find(({ topic }) => topic === AGAIN);
    const again = await ann("--approve", String(id));
    const state = { name: "uns_proposal", arguments: { id, of: "replay" } };
    const became = structureOf(await client.callTool(state));

    assert.match(
      questions.join(),
      /^Tell what "acme\/press" was worth from .+Z again, 100 times as fast, to hosts, as historical values\? Reason: "the historian was away"$/,
    );
    assert.equal(asked.result, "waiting");
    assert.deepEqual(before, []);
    assert.match(listed.out, /press-01 {2}historical x100 {2}proposed by token:assistant, .+away/);
    assert.equal(approved.exitCode, 0, approved.err);
    assert.equal(first.isHistorical, true);
    assert.match(again.err, /no replay waits under the number/);
    assert.partialDeepStrictEqual(became, { result: "started", by: "user:ann" });
    const { from, to } = plant.replay.arguments;
    const list = [id, Date.parse(at), by, path, Date.parse(from), Date.parse(to)];
    const proof = JSON.stringify([...list, 100, "historical", null, REASON]);
    const hash = createHash("sha256").update(proof).digest("hex");
    assert.equal(path, TREE_PRESS);
    assert.equal(digest, `sha256:${hash}`);
    const lines = plant.trail().filter(({ action }) => String(action).endsWith(" replay"));
    assert.partialDeepStrictEqual(lines, [
      {
        actor: "token:assistant",
        via: "mcp",
        action: "start replay",
        object: TREE_PRESS,
        reason: `${REASON}; receipt ${hash}`,
        result: "asked",
      },
      { actor: "user:ann", action: "approve replay", object: TREE_PRESS },
    ]);
  });

  it("is not told when its person, the second one or its own proposer says so", async (t) => {
    const plant = await openPlant(t, "hub");
    await plant.addUser("ann", "engineer", ["read *"]);
    const refusing = await plant.client(plant.secret, () => NO);
    const client = await plant.client(plant.secret, () => YES);
    const answer = async (id: number, word: string, authorization: string): Promise<number> => {
      const url = new URL(`/api/v1/replays/proposals/${id}/${word}`, plant.url);
      return (await fetch(url, { method: "POST", headers: { authorization } })).status;
    };
    const ann = `Basic ${Buffer.from(`ann:${PASSWORD}`).toString("base64")}`;

    const refused = faultOf(await refusing.callTool(plant.replay));
    const asked = answerSchema.parse(structureOf(await client.callTool(plant.replay)));
    const { id } = asked.receipt;
    const byItself = await answer(id, "approve", `Bearer ${plant.secret}`);
    const inTheWay = join(plant.dataDir, "replay-proposals.json.new");
    mkdirSync(inTheWay); // no file can be written there
    const notKept = await answer(id, "reject", ann);
    rmdirSync(inTheWay);
    const rejected = await answer(id, "reject", ann);
    const afterwards = await answer(id, "approve", ann);
    const state = { name: "uns_proposal", arguments: { id, of: "replay" } };

    assert.match(refused, /the person did not say yes/);
    assert.deepEqual([byItself, notKept, rejected, afterwards], [409, 409, 200, 404]);
    assert.partialDeepStrictEqual(structureOf(await client.callTool(state)), {
      result: "rejected",
      by: "user:ann",
    });
    assert.deepEqual(plant.told.all, []);
    const noes = plant.trail().filter(({ action }) => action === "reject replay");
    const results = noes.map(({ result }) => result);
    assert.deepEqual(results, ["done", "failed", "done"]);
  });

  it("is refused before anybody is asked where it could not be done; needs one person where that is enough", async (t) => {
    const plant = await openPlant(t, "client", `${PRESS}/+`);
    const client = await plant.client(plant.secret, () => assert.fail("nobody is to be asked"));
    const trusted = await plant.client(plant.secret, () => YES);
    const operator = await plant.client(
      await plant.addToken("op", "operator", ["read *"]),
      () => NO,
    );
    const { tools } = await operator.listTools();
    const { arguments: args } = plant.replay;
    const fault = async (more: object): Promise<string> =>
      faultOf(await client.callTool({ name: "uns_replay", arguments: { ...args, ...more } }));

    assert.match(await fault({}), /mcp\.writeAllow does not name all of "acme\/press"/);
    assert.match(await fault({ elementId: "acme/other" }), /there is nothing at/);
    assert.match(await fault({ elementId: `${PRESS}/Running`, from: "then" }), /from: write it as/);
    const turned = { elementId: `${PRESS}/Running`, from: args.to, to: args.from };
    assert.match(await fault(turned), /must not be after/);
    assert.ok(!tools.some(({ name }) => name === "uns_replay"));
    const part = { name: "uns_replay", arguments: { ...args, elementId: `${PRESS}/Running` } };
    const answer = structureOf(await trusted.callTool(part));
    await plant.told.find(({ topic }) => topic === AGAIN);
    assert.partialDeepStrictEqual(answer, { result: "started", replay: 1, metrics: 1 });
  });

  it("waits on when the hub is started again, is told with the rights of then, and is over in a restored backup", async (t) => {
    const plant = await openPlant(t, "hub");
    await plant.addUser("ann", "engineer", ["read *"]);
    const client = await plant.client(plant.secret, () => YES);
    const asked = answerSchema.parse(structureOf(await client.callTool(plant.replay)));
    const { id } = asked.receipt;
    const backup = join(tempDir(t), "plant.backup");
    writeFileSync(backup, await (await plant.ask("POST", "/api/v1/backup", {})).bytes());
    await plant.stop();
    const dataDir = join(tempDir(t), "data");
    const restored = await unshub("restore", backup, "--data-dir", dataDir);
    const state = { name: "uns_proposal", arguments: { id, of: "replay" } };
    const stateIn = async (hub: McpPlant): Promise<unknown> => {
      const assistant = await hub.client(plant.secret, () => YES);
      return structureOf(await assistant.callTool(state));
    };
    const approve = async (hub: McpPlant): Promise<number> => {
      const url = new URL(`/api/v1/replays/proposals/${id}/approve`, hub.url);
      const authorization = `Basic ${Buffer.from(`ann:${PASSWORD}`).toString("base64")}`;
      return (await fetch(url, { method: "POST", headers: { authorization } })).status;
    };

    const next = await openMcpPlant(t, sectionOf("hub"), "", plant.dataDir);
    const waiting = await stateIn(next);
    const trail = join(plant.dataDir, "audit.jsonl");
    renameSync(trail, `${trail}.whole`);
    symlinkSync("/dev/full", trail); // every write to it fails: no space left on device
    const untold = await approve(next);
    rmSync(trail);
    renameSync(`${trail}.whole`, trail);
    await next.untilLogged(/the audit trail can be written again/);
    const told = await approve(next);
    const started = await stateIn(next);
    await next.stop();
    const copy = await openMcpPlant(t, sectionOf("hub"), "", dataDir);

    assert.equal(restored.exitCode, 0, restored.err);
    assert.partialDeepStrictEqual(waiting, { result: "waiting", receipt: asked.receipt });
    assert.deepEqual([untold, told], [503, 200]);
    assert.partialDeepStrictEqual(started, { result: "started", by: "user:ann", replay: 1 });
    assert.partialDeepStrictEqual(await stateIn(copy), {
      result: "ended",
      because: "a backup was restored since, and it may have been answered meanwhile",
    });
    assert.equal(await approve(copy), 404);
  });

  it("is told only while its proposer may propose it, before the hub is started again and after", async (t) => {
    const plant = await openPlant(t, "hub");
    await plant.addUser("ann", "engineer", ["read *"]);
    const client = await plant.client(plant.secret, () => YES);
    const { id } = answerSchema.parse(structureOf(await client.callTool(plant.replay))).receipt;
    const approve = async (hub: McpPlant): Promise<string> => {
      const url = new URL(`/api/v1/replays/proposals/${id}/approve`, hub.url);
      const authorization = `Basic ${Buffer.from(`ann:${PASSWORD}`).toString("base64")}`;
      const answer = await fetch(url, { method: "POST", headers: { authorization } });
      return `${answer.status} ${await answer.text()}`;
    };
    const refusal = /^409 .*token:assistant may no longer propose this/;

    await become(plant, "operator");
    const before = await approve(plant);
    await become(plant, "engineer");
    await plant.stop();
    const next = await openMcpPlant(t, sectionOf("hub"), "", plant.dataDir);
    await become(next, "operator");
    const after = await approve(next);
    await become(next, "engineer");
    const told = await approve(next);

    assert.match(before, refusal);
    assert.match(after, refusal);
    assert.match(told, /^200 /);
    assert.equal(next.trail().filter(({ action }) => action === "approve replay").length, 1);
  });
});
