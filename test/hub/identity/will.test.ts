/** Wills of clients whose rights have changed since they connected. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect, connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import type { Ending } from "../../support/hub.ts";
import { identityHub, PASSWORD, type IdentityHub } from "../../support/identity-hub.ts";

const GONE = "spBv1.0/Plant1/NDEATH/gw";

async function clientOf(
  t: Ending,
  hub: IdentityHub,
  username: string,
  more: IClientOptions = {},
): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
    protocolVersion: 5,
    clientId: username,
    username,
    password: PASSWORD,
    reconnectPeriod: 0,
    ...more,
  });
  t.after(() => client.endAsync(true));
  client.on("error", () => undefined); // it is sent off: that is the matter here
  return client;
}

function willOn(topic: string): IClientOptions {
  return { will: { topic, payload: Buffer.from("gone"), qos: 1, retain: false } };
}

interface Plant {
  /** All that is heard, the death of `gw` as the last: it ends after the others. */
  readonly untilDeath: Promise<readonly string[]>;
  readonly gw: MqttClient;
}

/** `mes` with a Will, `gw` with its death as Will, and a watcher. */
async function plant(t: Ending, hub: IdentityHub): Promise<Plant> {
  await hub.addUser("watcher", "viewer", ["subscribe mes/#", "read Plant1"]);
  await hub.addUser("mes", "viewer", ["publish mes/%u/#"]);
  await hub.addUser("gw", "viewer", ["node Plant1/gw"]);
  const untilDeath = await heardUntilDeath(await clientOf(t, hub, "watcher"));
  await clientOf(t, hub, "mes", willOn("mes/mes/gone"));
  return { ...untilDeath, gw: await clientOf(t, hub, "gw", willOn(GONE)) };
}

/** As `watcher`, with a session that outlives the hub: nothing is missed, however late it comes back. */
function lastingWatcher(t: Ending, hub: IdentityHub): MqttClient {
  const client = connect(`mqtt://127.0.0.1:${hub.mqttPort}`, {
    protocolVersion: 5,
    clientId: "watcher",
    username: "watcher",
    password: PASSWORD,
    clean: false,
    properties: { sessionExpiryInterval: 3600 },
    reconnectPeriod: 0,
  });
  t.after(() => client.endAsync(true));
  client.on("error", () => undefined);
  return client;
}

async function heardUntilDeath(watcher: MqttClient): Promise<Pick<Plant, "untilDeath">> {
  const heard: string[] = [];
  const dead = Promise.withResolvers<readonly string[]>();
  watcher.on("message", (topic) => {
    heard.push(topic);
    if (topic === GONE) dead.resolve(heard);
  });
  await watcher.subscribeAsync(["mes/#", GONE], { qos: 1 });
  return { untilDeath: dead.promise };
}

async function done(hub: IdentityHub, method: string, path: string, body?: object): Promise<void> {
  const answer = await hub.ask(method, path, body);
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.text()}`);
}

describe("the Will of a client", { timeout: 300_000 }, () => {
  it("goes out when the client is ended and may still publish there", async (t) => {
    const hub = await identityHub(t);
    const { untilDeath } = await plant(t, hub);

    await done(hub, "DELETE", "/api/v1/clients/mes");
    await done(hub, "DELETE", "/api/v1/clients/gw");

    assert.deepEqual(await untilDeath, ["mes/mes/gone", GONE]);
  });

  it("does not when the right was taken away since, and the trail says so", async (t) => {
    const hub = await identityHub(t);
    const { untilDeath } = await plant(t, hub);

    await done(hub, "PUT", "/api/v1/users/mes", { role: "viewer", grants: ["publish other/#"] });
    await done(hub, "DELETE", "/api/v1/clients/mes");
    await done(hub, "DELETE", "/api/v1/clients/gw");

    assert.deepEqual(await untilDeath, [GONE]);
    await hub.stop();
    const line = hub.trail().find(({ action }) => action === "publish Will");
    assert.deepEqual(
      [line?.["actor"], line?.["object"], line?.["result"]],
      ["user:mes", "mes/mes/gone", "refused"],
    );
  });

  it("does not when there is no such user any more; the death of an edge node does, for it is true", async (t) => {
    const hub = await identityHub(t);
    const { untilDeath } = await plant(t, hub);

    await done(hub, "DELETE", "/api/v1/users/mes");
    await done(hub, "DELETE", "/api/v1/users/gw");

    assert.deepEqual(await untilDeath, [GONE]);
  });

  it("does not after a restart either, by whose session it is", async (t) => {
    const first = await identityHub(t);
    await plant(t, first);
    const before = await heardUntilDeath(lastingWatcher(t, first));
    await first.stop();
    const file = join(first.dataDir, "identity.json");
    const kept = readFileSync(file, "utf8");
    const less = kept.replace("publish mes/%u/#", "publish other/#");
    assert.notEqual(less, kept);
    writeFileSync(file, less);

    const { dataDir } = first;
    const more = "mqtt: { limits: { willGrace: 1s } }";
    const again = await identityHub(t, "", { dataDir, more });
    const { untilDeath } = await heardUntilDeath(lastingWatcher(t, again));

    assert.deepEqual(await untilDeath, [GONE]);
    const nothing = Promise.resolve("nothing was heard before");
    assert.equal(await Promise.race([before.untilDeath, nothing]), await nothing);
  });
});
