/**
 * Every role and credential against every kind of action, over MQTT 3.1.1 and 5, TCP, TLS, WebSocket and HTTP: exactly what
 * the table names succeeds. Whether a message got through is seen by somebody who hears everything, not by the answer alone.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encodePayload } from "@unshub/sparkplug";
import type { IPublishPacket } from "mqtt-packet";
import type { RawClient } from "../../support/mqtt-raw-client.ts";
import {
  EYE_FILTERS,
  filled,
  PermissionPlant,
  WAYS,
  type Transport,
  type Version,
} from "../../support/permission-plant.ts";
import {
  FILTERS,
  OWN_REQUESTS,
  REQUESTS,
  ROWS,
  TOPICS,
  type Row,
} from "../../support/permission-table.ts";

const METRICS = ["Setpoint 1", "Speed", "Node Control/Rebirth"] as const;
const VERSIONS: readonly Version[] = [4, 5];

/** One message that somebody tries to publish. */
interface Attempt {
  readonly id: string;
  readonly label: keyof typeof TOPICS;
  readonly topic: string;
  readonly retain: boolean;
  readonly qos: 0 | 1;
  readonly payload: Buffer;
  readonly isAllowed: boolean;
}

let plant: PermissionPlant;
let eye: RawClient;
let cases = 0;
const ends: (() => unknown)[] = [];

before(async () => {
  plant = await PermissionPlant.open({ after: (end) => ends.push(end) });
  const row = { name: "eye", credential: "user" } as const;
  ({ client: eye } = await plant.client(row, "mqtt", { protocolVersion: 5 }));
  const subscriptions = EYE_FILTERS.map((topic) => ({ topic, qos: 0 as const }));
  eye.send({ cmd: "subscribe", messageId: 1, subscriptions });
  const { granted } = await eye.take("suback");
  assert.deepEqual(
    granted,
    EYE_FILTERS.map(() => 0),
  );
});

after(async () => {
  await eye[Symbol.asyncDispose]();
  await plant.hub.stop();
  keepsSecrets(plant);
  for (const end of ends.toReversed()) await end();
  assert.ok(cases > 10_000, `${cases} cases`);
});

for (const row of ROWS) {
  for (const transport of WAYS[row.credential]) {
    for (const version of VERSIONS) {
      const who = `${row.name} (${row.credential}, ${row.role}) over ${transport} with MQTT ${version === 4 ? "3.1.1" : "5"}`;
      describe(who, { timeout: 300_000 }, () => {
        it("publishes what its grants say and nothing else", () =>
          publishAll(row, transport, version));
        it("subscribes to what its grants say and nothing else", () =>
          subscribeAll(row, transport, version));
      });
    }
  }
  describe(`the Will of ${row.name}`, { timeout: 300_000 }, () => {
    for (const version of VERSIONS) {
      it(`is what its grants say and nothing else, with MQTT ${version === 4 ? "3.1.1" : "5"}`, () =>
        willAll(row, version));
    }
  });
}

async function publishAll(row: Row, transport: Transport, version: Version): Promise<void> {
  const attempts = attemptsOf(row, `${transport}${version}`);
  cases += attempts.length;
  const { client, connack } = await plant.client(row, transport, { protocolVersion: version });
  assert.equal(connack.reasonCode ?? connack.returnCode, 0);
  await using _ = client;

  for (const [at, { topic, retain, qos, payload }] of attempts.entries()) {
    const id = qos === 1 ? { messageId: at + 1 } : {};
    client.send({ cmd: "publish", topic, retain, qos, payload, dup: false, ...id });
  }
  await client.settle();
  for (const [at, { qos, isAllowed, label }] of attempts.entries()) {
    if (qos === 0) continue;
    const { reasonCode = 0 } = await client.find("puback", ({ messageId }) => messageId === at + 1);
    if (version === 5) assert.equal(reasonCode < 0x80, isAllowed, `${label}: ${reasonCode}`);
  }
  await eye.settle();
  const arrived = arrivedAt(eye);
  for (const { id, label, retain, qos, isAllowed } of attempts) {
    assert.equal(arrived.has(id), isAllowed, `${label}, retain ${retain}, QoS ${qos}`);
  }
}

async function subscribeAll(row: Row, transport: Transport, version: Version): Promise<void> {
  const { client } = await plant.client(row, transport, { protocolVersion: version });
  await using _ = client;
  const labels = keysOf(FILTERS);
  cases += labels.length;
  const subscriptions = labels.map((label) => ({
    topic: filled(FILTERS[label], row),
    qos: 1 as const,
  }));

  client.send({ cmd: "subscribe", messageId: 1, subscriptions });

  const { granted } = await client.find("suback");
  for (const [at, label] of labels.entries()) {
    const isAllowed = row.subscribe?.includes(label) === true;
    assert.equal(Number(granted[at]) < 0x80, isAllowed, `${label}: ${JSON.stringify(granted[at])}`);
  }
}

async function willAll(row: Row, version: Version): Promise<void> {
  const [transport = "mqtt"] = WAYS[row.credential];
  for (const label of keysOf(TOPICS)) {
    for (const retain of [false, true]) {
      cases += 1;
      const will = {
        topic: filled(TOPICS[label], row),
        payload: Buffer.from("{}"),
        qos: 1 as const,
        retain,
      };
      const { client, connack } = await plant.client(row, transport, {
        protocolVersion: version,
        will,
      });
      const isAllowed = (retain ? row.willRetained : row.will)?.includes(label) === true;
      assert.equal(
        (connack.reasonCode ?? connack.returnCode) === 0,
        isAllowed,
        `${label}, retain ${retain}`,
      );
      if (isAllowed) client.send({ cmd: "disconnect" });
      await client[Symbol.asyncDispose]();
    }
  }
}

function attemptsOf(row: Row, way: string): readonly Attempt[] {
  return keysOf(TOPICS).flatMap((label) =>
    (/N?D?CMD/.test(TOPICS[label]) ? METRICS : (["Value"] as const)).flatMap((metric) =>
      [false, true].flatMap((retain) =>
        ([0, 1] as const).map((qos): Attempt => {
          const id = `case ${row.name} ${way} ${label} ${metric} ${retain} ${qos};`;
          const isCommand = metric !== "Value";
          const isAllowed =
            mayPublish(row, label, { retain, qos }) && (!isCommand || mayName(row, metric));
          const topic = filled(TOPICS[label], row);
          return { id, label, topic, retain, qos, isAllowed, payload: payloadOf(metric, id) };
        }),
      ),
    ),
  );
}

function mayPublish(
  row: Row,
  label: keyof typeof TOPICS,
  { retain, qos }: { readonly retain: boolean; readonly qos: 0 | 1 },
): boolean {
  if (!retain) return row.publish?.includes(label) === true;
  return (
    row.publishRetained?.includes(label) === true && (qos === 1 || row.retainedNeedsQos1 !== true)
  );
}

function mayName({ setpointOnly, rebirthOnly }: Row, metric: string): boolean {
  if (setpointOnly) return metric === "Setpoint 1";
  return rebirthOnly ? metric === "Node Control/Rebirth" : true;
}

/** Each is told apart by its `uuid`. */
function payloadOf(name: string, uuid: string): Buffer {
  const metrics = [
    { name, timestamp: 1, datatype: "Int32" as const, value: 1, tellDatatype: true },
  ];
  return Buffer.from(encodePayload({ timestamp: 1, seq: 0, metrics, uuid }));
}

function arrivedAt({ received }: RawClient): ReadonlySet<string> {
  const texts = received
    .filter((packet): packet is IPublishPacket => packet.cmd === "publish")
    .map(({ payload }) => /case [^;]+;/.exec(Buffer.from(payload).toString("latin1"))?.[0] ?? "");
  return new Set(texts);
}

function keysOf<Key extends string>(table: Readonly<Record<Key, string>>): readonly Key[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a table of constants has these keys only
  return Object.keys(table) as Key[];
}

describe("over HTTP", { timeout: 300_000 }, () => {
  it("every request that there is stands in the table", async () => {
    const { paths } = Object(await (await ask("GET /api/v1/openapi.json")).json());
    const served = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const known = [...REQUESTS.map(([request]) => request), ...OWN_REQUESTS];
    assert.deepEqual(served.toSorted(), known.toSorted());
  });

  for (const row of ROWS) {
    it(`${row.name} (${row.credential}, ${row.role}) does what its role may and nothing else`, async (t) => {
      const authorization = plant.authorization(row);
      if (authorization === undefined) return t.skip("no such way over HTTP");
      for (const [request, roles] of REQUESTS) {
        cases += 1;
        const { status } = await ask(request, authorization);
        const isAllowed = status !== 401 && status !== 403;
        assert.equal(isAllowed, roles.includes(row.role), `${request}: ${status}`);
      }
    });
  }

  it("nobody does anything", async () => {
    for (const [request] of REQUESTS) {
      cases += 1;
      assert.equal((await ask(request)).status, 401, request);
    }
  });
});

/** No password, token or key stands in the log, on the trail, or in a file that others may read. */
function keepsSecrets({ hub, secrets }: PermissionPlant): void {
  const said = JSON.stringify([hub.logged, hub.trail()]);
  for (const secret of secrets) assert.ok(!said.includes(secret), "a secret was said");
  const files = readdirSync(hub.dataDir, { recursive: true, withFileTypes: true });
  for (const file of files.filter((each) => each.isFile())) {
    const path = join(file.parentPath, file.name);
    const holdsSecret = secrets.some((secret) => readFileSync(path, "latin1").includes(secret));
    const isPrivate = (statSync(path).mode & 0o077) === 0;
    assert.ok(isPrivate || !(holdsSecret || PRIVATE.test(file.name)), path);
  }
}

const PRIVATE = /^(?:identity\.json|sessions\.json|audit\.jsonl|first-admin-code|.*\.key)$/;

async function ask(request: string, authorization?: string): Promise<Response> {
  const [method = "", pattern = ""] = request.split(" ");
  const path = pattern.replaceAll(/\{\w+\}/g, "nobody");
  return await fetch(new URL(path, `http://127.0.0.1:${plant.hub.httpPort}`), {
    method,
    headers: authorization === undefined ? {} : { authorization },
  });
}
