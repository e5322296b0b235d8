/** What every file of the MQTT conformance suite needs: a server, clients with names of their own, both versions. */
import assert from "node:assert/strict";
import { after, before, it, type TestContext } from "node:test";
import type { ReceivedPublish, ServerPacket } from "./mqtt-wire-decode.ts";
import { WireClient } from "./mqtt-wire-client.ts";
import type { ConnectPacket, Version } from "./mqtt-wire-encode.ts";
import {
  IS_FOREIGN,
  type ServerOptions,
  startServerUnderTest,
  type ServerUnderTest,
} from "./server-under-test.ts";

/**
 * Options of a `describe` whose tests let time pass: at another server they wait together, at the hub one after the
 * other, because they push the same clock.
 */
export const WAITING = { timeout: 180_000, concurrency: IS_FOREIGN };

/** Why tests of refused topics are skipped; false when they run. */
export const SKIP_WITHOUT_FORBIDDEN: string | false =
  IS_FOREIGN && process.env["MQTT_SUITE_FORBIDS"] === undefined
    ? "nothing is known of topics that this server refuses"
    : false;

type ConnectFields = Partial<ConnectPacket> & { readonly version?: Version };

/** The server of one `describe`, started before its tests and stopped after them. */
export class Suite {
  #server: ServerUnderTest | undefined;
  /** Closed at the end, also those that a failed test left behind. */
  readonly #clients: WireClient[] = [];

  constructor(options: ServerOptions = {}) {
    before(async () => {
      this.#server = await startServerUnderTest(options);
    });
    after(async () => {
      await Promise.all(this.#clients.map((client) => client.vanish()));
      await this.#server?.[Symbol.asyncDispose]();
    });
  }

  get server(): ServerUnderTest {
    if (this.#server === undefined) throw new Error("the server starts before the first test");
    return this.#server;
  }

  /** A connection on which nothing was sent yet. */
  async open(version: Version): Promise<WireClient> {
    return this.adopt(await WireClient.open(this.server.tcp, version));
  }

  /** Sees to it that this client is closed at the end. */
  adopt(client: WireClient): WireClient {
    this.#clients.push(client);
    return client;
  }

  /** A connected client, with a client identifier of its own unless one is given. MQTT 5 by default. */
  async client({ version = 5, ...fields }: ConnectFields = {}): Promise<WireClient> {
    const client = await this.open(version);
    const connack = await client.connect({ clientId: unique("c"), ...fields });
    assert.equal(connack.reasonCode, 0, "the client is taken");
    return client;
  }

  async passSeconds(seconds: number): Promise<void> {
    await this.server.passSeconds(seconds);
  }
}

let count = 0;

/** A name nobody else has, also not at a server that has run for days. Letters and digits only. */
export function unique(prefix: string): string {
  count += 1;
  return `${prefix}${process.pid}x${Date.now() % 1_000_000}x${count}`;
}

/** The same test for MQTT 5 and MQTT 3.1.1; the title ends with the ids of that version. */
export function inBoth(
  title: string,
  ids5: string,
  ids311: string,
  test: (version: 4 | 5, context: TestContext) => Promise<void>,
): void {
  it(`${title}, MQTT 5 ${ids5}`, (context) => test(5, context));
  it(`${title}, MQTT 3.1.1 ${ids311}`, (context) => test(4, context));
}

/**
 * The server ends the connection of a client that broke a rule. The hub says why to a client of MQTT 5, with one of
 * these reason codes; of other servers the standard does not demand it.
 */
export async function assertEnded(
  client: WireClient,
  reasonCodes: readonly number[],
): Promise<void> {
  const last = await client.lastWord();
  if (client.version < 5) {
    assert.equal(last, undefined, "MQTT 3 has no last word of a server");
    return;
  }
  if (last === undefined && IS_FOREIGN) return;
  assert.equal(last?.type, "disconnect");
  assertCode(last, reasonCodes);
}

/** The server takes no CONNECT like this: it closes, to MQTT 5 it says why before, with one of these codes. */
export async function assertRefused(
  client: WireClient,
  reasonCodes: readonly number[],
): Promise<void> {
  const last = await client.lastWord();
  if (last === undefined && (client.version < 5 || IS_FOREIGN)) return;
  assert.equal(last?.type, "connack");
  assertCode(last, client.version < 5 ? [] : reasonCodes);
}

/**
 * The messages that `receiver` got by now, each acknowledged: what `sender` publishes now comes after them. Everything
 * `sender` sent before has been taken by then.
 */
export async function collect(
  sender: WireClient,
  receiver: WireClient,
): Promise<readonly ReceivedPublish[]> {
  const topic = unique("fence");
  const packetId = receiver.newId();
  receiver.send({ type: "subscribe", packetId, filters: [{ filter: topic, qos: 1 }] });
  await receiver.find("suback", packetId);
  await sender.publish(topic, "fence", { qos: 1 });
  const messages: ReceivedPublish[] = [];
  for (;;) {
    const message = await receiver.takeMessage();
    if (message.topic === topic) return messages;
    messages.push(message);
  }
}

/** Proves that `receiver` got nothing more of what `sender` has sent. */
export async function assertNothingMore(sender: WireClient, receiver: WireClient): Promise<void> {
  const messages = await collect(sender, receiver);
  assert.deepEqual(messages.map(inWords), []);
}

/** A message as a test compares it: `t/1 "payload" QoS 1 retained`. */
export function inWords({ topic, payload, qos, retain, dup }: ReceivedPublish): string {
  return `${topic} "${payload}" QoS ${qos}${retain ? " retained" : ""}${dup ? " again" : ""}`;
}

/** Fields of a CONNECT whose session lasts beyond the connection. */
export function lasting(version: Version, seconds = 300): Partial<ConnectPacket> {
  return { clean: false, ...(version === 5 && { properties: [["sessionExpiry", seconds]] }) };
}

function assertCode(packet: ServerPacket | undefined, reasonCodes: readonly number[]): void {
  const code = packet !== undefined && "reasonCode" in packet ? packet.reasonCode : undefined;
  const wanted = reasonCodes.map((each) => `0x${each.toString(16)}`).join(" or ");
  assert.ok(
    code !== undefined && reasonCodes.includes(code),
    `0x${code?.toString(16)} for ${wanted}`,
  );
}
