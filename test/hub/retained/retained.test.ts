/** Retained messages deleted on purpose and restored, asked over HTTP of a real hub, seen by the clients of Mosquitto. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { connectAsync } from "mqtt";
import type { RetainedMessage } from "../../../hub/src/broker/index.ts";
import { RetainedKeeper } from "../../../hub/src/retained/index.ts";
import { PASSWORD, startClosedHub } from "../../support/http-hub.ts";
import { startTestHub, tempDir } from "../../support/hub.ts";
import { mosquittoRetained, SKIP_WITHOUT_MOSQUITTO } from "../../support/mqtt-mosquitto.ts";

interface Plan {
  readonly messages: readonly { readonly topic: string; readonly size: number }[];
  readonly refused: readonly { readonly topic: string; readonly because: string }[];
  readonly plan: string;
}

describe("retained messages", { skip: SKIP_WITHOUT_MOSQUITTO }, () => {
  it("go after a dry run, tell who subscribes, and come back with their QoS and properties", async (t) => {
    const hub = await startTestHub(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
      protocolVersion: 5,
      clientId: "plc-1",
    });
    t.after(() => client.endAsync(true));
    const heard: string[] = [];
    const emptied = new Promise<void>((resolve) => {
      client.on("message", (topic, payload, { retain, properties }) => {
        heard.push(`${topic} ${payload.toString()} ${retain} ${properties?.contentType ?? ""}`);
        if (payload.length === 0) resolve();
      });
    });
    await client.subscribeAsync("line/1", { qos: 1 });
    const options = { qos: 1, retain: true, properties: { contentType: "text/x" } } as const;
    await client.publishAsync("line/1", "one", options);
    await client.publishAsync("line/2", "two", { qos: 1, retain: true });
    await client.publishAsync("other", "stays", { qos: 1, retain: true });
    const ask = asker(hub.httpPort);

    const plan = await ask<Plan>("GET", "plan?filter=line/%23");
    assert.deepEqual(plan.messages.map(({ topic, size }) => `${topic} ${size}`).toSorted(), [
      "line/1 3",
      "line/2 3",
    ]);
    assert.match(JSON.stringify(plan.messages), /"publisher":"plc-1","isHeard":true/);
    assert.deepEqual(await mosquittoRetained(hub.mqttPort, "line/#", "other"), [
      "line/1 one",
      "line/2 two",
      "other stays",
    ]);
    const deletion = await ask<{ id: string }>("POST", "delete", {
      filter: "line/#",
      plan: plan.plan,
    });
    await emptied;
    assert.deepEqual(await mosquittoRetained(hub.mqttPort, "line/#", "other"), ["other stays"]);
    await client.publishAsync("line/2", "newer", { qos: 1, retain: true });
    const back = await ask("POST", `deleted/${deletion.id}/restore`, {});

    assert.deepEqual(back, { restored: 1, left: ["line/2"] });
    assert.deepEqual(await mosquittoRetained(hub.mqttPort, "line/#", "other"), [
      "line/1 one",
      "line/2 newer",
      "other stays",
    ]);
    assert.equal(heard.filter((line) => line === "line/1 one false text/x").length, 2);
    const trail = readFileSync(join(dirname(hub.file), "audit.jsonl"), "utf8");
    assert.match(trail, /"action":"delete retained messages","object":"line\/#".*"result":"done"/);
    assert.match(trail, /"action":"restore retained messages","object":"line\/#".*"result":"done"/);
  });

  it("stay when they changed after the dry run, when they are the hub's own, and when the filter is none", async (t) => {
    const hub = await startTestHub(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`);
    t.after(() => client.endAsync(true));
    await client.publishAsync("line/1", "one", { qos: 1, retain: true });
    const ask = asker(hub.httpPort);
    const { plan } = await ask<Plan>("GET", "plan?filter=line/1");
    await client.publishAsync("line/1", "two", { qos: 1, retain: true });

    await assert.rejects(ask("POST", "delete", { filter: "line/1", plan }), /409 .*look again/);
    const own = await ask<Plan>("GET", "plan?filter=spBv1.0/%23");
    assert.deepEqual(own.messages, []);
    assert.match(own.refused[0]?.because ?? "", /host application/);
    const nothing = { filter: "none", plan: (await ask<Plan>("GET", "plan?filter=none")).plan };
    await assert.rejects(ask("POST", "delete", nothing), /404 .*no retained message/);
    await assert.rejects(ask("GET", "plan?filter=a/%23/b"), /400 .*no MQTT filter/);
    await assert.rejects(ask("POST", "deleted/x/restore", {}), /404/);
    assert.deepEqual(await mosquittoRetained(hub.mqttPort, "line/#"), ["line/1 two"]);
  });

  it("are deleted by those only who may publish there, and are not told to those who may not read them", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("writer", "engineer", ["publish a/#", "subscribe a/#", "subscribe b/#"]);
    await hub.putUser("all", "viewer", ["publish a/#", "publish b/#", "publish c/#"]);
    const all = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
      clientId: "all-1",
      username: "all",
      password: PASSWORD,
    });
    t.after(() => all.endAsync(true));
    for (const topic of ["a/1", "b/1", "c/1"])
      await all.publishAsync(topic, topic, { qos: 1, retain: true });
    const writer = await hub.visit("writer", PASSWORD);

    const plan = JSON.stringify(await writer.json("GET", "/api/v1/retained/plan?filter=%23"));

    assert.match(plan, /"messages":\[\{"topic":"a\/1"[^\]]*\]/);
    assert.match(plan, /"refused":\[\{"topic":"b\/1"/);
    assert.doesNotMatch(plan, /c\/1/);
  });

  it("are kept on disk before they go, for a day", async (t) => {
    const dataDir = tempDir(t);
    const folder = join(dataDir, "deleted-retained");
    const { kept, broker } = brokerWith("a");
    let now = 1000;
    const keeper = new RetainedKeeper({
      dataDir,
      now: () => now,
      broker: {
        ...broker,
        publish: async (message) => {
          assert.equal(readdirSync(folder).length, 1);
          await broker.publish(message);
        },
      },
    });
    mkdirSync(folder);
    writeFileSync(join(folder, "half.jsonl.new"), "of a hub that was killed");
    const { plan } = await keeper.dryRun("#", rights);
    const { id } = await keeper.delete("#", { by: "user root", plan, rights });
    assert.equal(kept.size, 0);
    const [known] = await keeper.deletions();
    assert.deepEqual([known?.id, known?.count, known?.until], [id, 1, 86_401_000]);

    now += 86_400_001;

    assert.deepEqual(await keeper.deletions(), []);
    assert.equal(existsSync(join(folder, `${id}.jsonl`)), false);
    await assert.rejects(keeper.restore(id, rights), /older than a day/);
  });

  it("stay where another one came while the old one was written down", async (t) => {
    const { kept, broker } = brokerWith("a", "b");
    const looked = Promise.withResolvers<void>();
    const keeper = new RetainedKeeper({
      dataDir: tempDir(t),
      now: () => {
        looked.resolve();
        return 1000;
      },
      broker,
    });
    const { plan } = await keeper.dryRun("#", rights);
    const deleting = keeper.delete("#", { by: "user root", plan, rights });
    await looked.promise; // all were found, and are being written down
    const newer = { topic: "b", payload: Buffer.from("newer"), qos: 0 } as const;
    kept.set("b", newer);

    assert.deepEqual((await deleting).left, ["b"]);
    assert.deepEqual([...kept.values()], [newer]);
  });

  it("stay when the deletions of a day would take too much of the disk", async (t) => {
    const { kept, broker } = brokerWith("a", "b");
    const keeper = new RetainedKeeper({
      dataDir: tempDir(t),
      now: () => 1000,
      broker,
      mostBytes: 300,
    });
    const deleteAt = async (topic: string) => {
      const { plan } = await keeper.dryRun(topic, rights);
      return await keeper.delete(topic, { by: "user root", plan, rights });
    };
    await deleteAt("a");

    await assert.rejects(deleteAt("b"), { code: "FULL" });

    assert.deepEqual([...kept.keys()], ["b"]);
    assert.equal((await keeper.deletions()).length, 1);
  });
});

const rights = { sees: () => true, faultOf: () => undefined };

/** A broker of a few retained messages. */
function brokerWith(...topics: readonly string[]) {
  const kept = new Map<string, RetainedMessage>(
    topics.map((topic) => [topic, { topic, payload: Buffer.from("1"), qos: 0 }]),
  );
  const broker: ConstructorParameters<typeof RetainedKeeper>[0]["broker"] = {
    hasReceivers: () => false,
    retained: (filter) =>
      [...kept.values()].filter(({ topic }) => filter === "#" || filter === topic),
    publish: async (message) => {
      if (message.payload.length === 0) kept.delete(message.topic);
      else kept.set(message.topic, message);
    },
  };
  return { kept, broker };
}

function asker(port: number) {
  return async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/retained/${path}`, {
      method,
      headers: {
        "x-uns-hub": "page",
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it holds is asserted by the test
    return (await answer.json()) as Answer;
  };
}
