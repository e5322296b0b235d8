/**
 * A plant of many edge nodes behind one bridge: their sessions live on whatever happens to the bridge's connection, so
 * that nobody is born again by itself. The bridge answers rebirth requests as the nodes would.
 */
import assert from "node:assert/strict";
import { decodePayload, encodePayload, nextSeq, type MetricToSend } from "@unshub/sparkplug";
import { connectAsync, type MqttClient } from "mqtt";
import { Inbox } from "./mqtt-inbox.ts";
import type { Ending } from "./hub.ts";

const GROUP = "Plant1";
const PING = `spBv1.0/${GROUP}/NCMD/ping`;

interface Node {
  readonly name: string;
  seq: number;
}

export class BridgedPlant {
  readonly nodes: readonly Node[];
  /** Names of edge nodes that were asked for their births, in the order of the requests. */
  readonly asked: string[] = [];
  readonly #byName: ReadonlyMap<string, Node>;
  #client: MqttClient | undefined;
  readonly #pings = new Inbox<string>();
  #value = 0;
  #marks = 0;

  constructor(size: number) {
    this.nodes = Array.from({ length: size }, (_, at) => ({ name: `gw-${at}`, seq: 0 }));
    this.#byName = new Map(this.nodes.map((node) => [node.name, node]));
  }

  /** What the nodes last said. */
  get value(): number {
    return this.#value;
  }

  async connect(t: Ending, url: string): Promise<void> {
    const client = await connectAsync(url, { reconnectPeriod: 0, clientId: "bridge" });
    client.on("error", () => undefined); // the server may go
    client.on("message", (topic, payload) => this.#heard(topic, payload));
    await client.subscribeAsync("spBv1.0/+/NCMD/+", { qos: 1 });
    this.#client = client;
    t.after(() => client.endAsync(true));
  }

  /** The births of all nodes. */
  birth(): void {
    for (const node of this.nodes) this.#bear(node);
  }

  /** Each node says a new value; while there is no connection it is lost, and its `seq` is spent all the same. */
  data(): void {
    this.#value += 1;
    for (const node of this.nodes) {
      this.#say(node, "DDATA", "/d", [
        { alias: 1, datatype: "Int32", tellDatatype: false, value: this.#value },
      ]);
    }
  }

  /**
   * Resolves when all that the server sent before `ping` goes out has come. `ping`: publishes on the topic in the place
   * of whoever's messages are waited for; the bridge itself when nothing is said.
   */
  async caughtUp(ping?: (topic: string, payload: Uint8Array) => void): Promise<void> {
    const payload = encodePayload({ timestamp: Date.now(), metrics: [] });
    if (ping === undefined) this.#client?.publish(PING, Buffer.from(payload));
    else ping(PING, payload);
    await this.#pings.next();
  }

  /** Says a STATE of this time after all that was said before. */
  mark(): number {
    this.#marks += 1;
    const payload = JSON.stringify({ online: true, timestamp: this.#marks });
    this.#client?.publish("spBv1.0/STATE/bridge", payload);
    return this.#marks;
  }

  #heard(topic: string, payload: Uint8Array): void {
    const [, , , name = ""] = topic.split("/");
    if (topic === PING) return this.#pings.push(name);
    assert.equal(decodePayload(payload).metrics[0]?.name, "Node Control/Rebirth");
    this.asked.push(name);
    const node = this.#byName.get(name);
    assert.ok(node, name);
    this.#bear(node);
  }

  #bear(node: Node): void {
    node.seq = 0;
    this.#say(node, "NBIRTH", "", [
      { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 },
      { name: "Node Control/Rebirth", datatype: "Boolean", tellDatatype: true, value: false },
    ]);
    const value = { datatype: "Int32", tellDatatype: true, value: this.#value } as const;
    this.#say(node, "DBIRTH", "/d", [{ name: "Value", alias: 1, ...value }]);
  }

  #say(node: Node, type: string, device: string, metrics: readonly MetricToSend[]): void {
    const timestamp = Date.now();
    const stamped = metrics.map((metric) => ({ timestamp, ...metric }));
    const payload = encodePayload({ timestamp, seq: node.seq, metrics: stamped });
    node.seq = nextSeq(node.seq);
    const topic = `spBv1.0/${GROUP}/${type}/${node.name}${device}`;
    if (this.#client?.connected === true) this.#client.publish(topic, Buffer.from(payload));
  }
}
