/**
 * The plant of the pictures: that of the demo, with people who sign in, and beside its PLCs two edge nodes of others, one of
 * which loses messages, names metrics that no birth named, and dies; so a fault is under way on every page.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  deathMessage,
  deviceTopic,
  encodePayload,
  nodeTopic,
  type MetricToSend,
} from "@unshub/sparkplug";
import mqtt, { type MqttClient } from "mqtt";
import { firstAdminCode } from "../../hub/src/identity/index.ts";
import { run } from "../../hub/src/cli/run.ts";

const DEMO = join(import.meta.dirname, "../../examples/demo.yaml");
const GROUP = "Plant1";
/** Of the people in the pictures; the hub is on loopback and gone afterwards. */
export const PASSWORD = "correct horse battery";
const ROOT = `Basic ${Buffer.from(`root:${PASSWORD}`).toString("base64")}`;
const HOUR_MS = 3_600_000;

export interface PicturePlant extends AsyncDisposable {
  readonly url: string;
  /** Asks as the administrator. @throws when the hub refuses. */
  ask(method: string, path: string, body?: object): Promise<unknown>;
  /** The first administrator, people, the edge nodes of others, and what these do wrong. */
  begin(): Promise<void>;
}

/** Starts the hub and its PLCs on free ports. */
export async function startPlant(): Promise<PicturePlant> {
  const folder = mkdtempSync(join(tmpdir(), "unshub-picture-"));
  const [http, broker, modbus, opcua] = await freePorts();
  const file = join(folder, "unshub.yaml");
  writeFileSync(file, configOf(folder, { http, broker, modbus, opcua }));
  const stop = new AbortController();
  const started = Promise.withResolvers<void>();
  const hub = run(["start", "--demo", "-c", file], {
    print: (line) => {
      if (line.endsWith(" runs.")) started.resolve();
    },
    complain: console.error,
    stop: stop.signal,
  });
  await Promise.race([started.promise, hub]);
  const url = `http://127.0.0.1:${http}`;
  const clients: MqttClient[] = [];
  const ask = asker(url);
  const code = firstAdminCode(join(folder, "data")) ?? "";
  return {
    url,
    ask,
    begin: async () => {
      await ask("POST", "/api/v1/first-admin", { code, name: "root", password: PASSWORD });
      clients.push(...(await fill(ask, broker)));
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.end(true);
      stop.abort();
      await hub;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Ports {
  readonly http: number;
  readonly broker: number;
  readonly modbus: number;
  readonly opcua: number;
}

/** That of the demo, elsewhere, with a login, and with a chiller that does not answer. */
function configOf(folder: string, { http, broker, modbus, opcua }: Ports): string {
  const text = readFileSync(DEMO, "utf8");
  const changed = text
    .replace("dataDir: ../demo-data", `dataDir: ${JSON.stringify(join(folder, "data"))}`)
    .replace("port: 1883", `port: ${broker}`)
    .replace(/^ {2}ws:.*$/m, "")
    .replace("port: 8080", `port: ${http}`)
    .replace("anonymous: full", "anonymous: none")
    .replaceAll("15020", String(modbus))
    .replaceAll("14840", String(opcua));
  return `${changed}\ncommands: { default: allow }\n`;
}

async function freePorts(): Promise<readonly [number, number, number, number]> {
  const [a, b, c, d] = [await freePort(), await freePort(), await freePort(), await freePort()];
  return [a, b, c, d];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

function asker(url: string): PicturePlant["ask"] {
  return async (method, path, body) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: ROOT,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
}

const PEOPLE = [
  ["ann", "engineer", ["read *", "command *"]],
  ["olga", "operator", ["read *", "command Plant1/gw-press"]],
  ["vera", "viewer", ["read Plant1"]],
  ["weld", "viewer", ["node Plant1/gw-weld"]],
  ["util", "viewer", ["node Plant1/gw-util"]],
] as const;

async function fill(ask: PicturePlant["ask"], broker: number): Promise<readonly MqttClient[]> {
  for (const [name, role, grants] of PEOPLE) {
    await ask("PUT", `/api/v1/users/${name}`, { role, grants, password: PASSWORD });
  }
  const expiresAt = Date.now() + 90 * 24 * HOUR_MS;
  await ask("PUT", "/api/v1/tokens/mes-export", { role: "viewer", grants: ["read *"], expiresAt });
  const weld = await EdgeNode.open(broker, "weld", 0);
  const util = await EdgeNode.open(broker, "util", -4210);
  await weld.born();
  await util.born();
  for (let count = 0; count < 20; count += 1) {
    await util.say();
    if (count === 8) weld.lose(2);
    if (count === 14) await weld.sayUnknown();
    await weld.say();
  }
  return [weld.client, util.client];
}

interface NodeId {
  readonly groupId: string;
  readonly edgeNodeId: string;
}

/** An edge node of somebody else with one device. */
class EdgeNode {
  readonly client: MqttClient;
  readonly #id: NodeId;
  readonly #aheadMs: number;
  #seq = 0;
  #count = 0;

  static async open(port: number, name: string, aheadMs: number): Promise<EdgeNode> {
    const id = { groupId: GROUP, edgeNodeId: `gw-${name}` };
    const { topic, payload, qos } = deathMessage(id, 0);
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
      clientId: `${name}-gateway`,
      username: name,
      password: PASSWORD,
      protocolVersion: 5,
      keepalive: 30,
      will: { topic, payload: Buffer.from(payload), qos, retain: false },
    });
    await client.subscribeAsync(nodeTopic("NCMD", GROUP, id.edgeNodeId), { qos: 1 });
    return new EdgeNode(client, id, aheadMs);
  }

  private constructor(client: MqttClient, id: NodeId, aheadMs: number) {
    this.client = client;
    this.#id = id;
    this.#aheadMs = aheadMs;
  }

  async born(): Promise<void> {
    this.#seq = 0;
    const { timestamp } = this;
    const own: readonly MetricToSend[] = [
      { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0, timestamp },
      {
        name: "Node Control/Rebirth",
        datatype: "Boolean",
        tellDatatype: true,
        value: false,
        timestamp,
      },
    ];
    await this.#publish(nodeTopic("NBIRTH", GROUP, this.#id.edgeNodeId), own);
    const named = this.#metrics().map((metric, at) => ({
      ...metric,
      name: METRICS[at]?.[0] ?? "",
      tellDatatype: true,
      properties: [{ key: "engUnit", datatype: "String", value: METRICS[at]?.[1] ?? "" } as const],
    }));
    await this.#publish(deviceTopic("DBIRTH", this.#id, "cell-1"), named);
  }

  async say(): Promise<void> {
    this.#count += 1;
    await this.#publish(deviceTopic("DDATA", this.#id, "cell-1"), this.#metrics());
  }

  /** Messages that never come. */
  lose(count: number): void {
    this.#seq = (this.#seq + count) % 256;
  }

  async sayUnknown(): Promise<void> {
    const { timestamp } = this;
    const metric = {
      alias: 77,
      datatype: "Double",
      tellDatatype: false,
      value: 1,
      timestamp,
    } as const;
    await this.#publish(deviceTopic("DDATA", this.#id, "cell-1"), [metric]);
  }

  get timestamp(): number {
    return Date.now() + this.#aheadMs;
  }

  #metrics(): readonly MetricToSend[] {
    const { timestamp } = this;
    return METRICS.map(([, , base], alias) => ({
      alias: alias + 1,
      datatype: "Double",
      tellDatatype: false,
      value: Math.round((base + Math.sin(this.#count / 3 + alias) * base * 0.1) * 100) / 100,
      timestamp,
    }));
  }

  async #publish(topic: string, metrics: readonly MetricToSend[]): Promise<void> {
    const payload = encodePayload({ timestamp: this.timestamp, seq: this.#seq, metrics });
    this.#seq = (this.#seq + 1) % 256;
    await this.client.publishAsync(topic, Buffer.from(payload), { qos: 0 });
  }
}

const METRICS = [
  ["Welder/Current", "A", 180],
  ["Welder/Voltage", "V", 24],
  ["Wire/Feed", "m/min", 8],
  ["Gas/Flow", "l/min", 14],
] as const;
