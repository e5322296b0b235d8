/** A hub, somebody who listens, and offenders that break one rule each, at each level. For tests of the guard. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { IConnackPacket, IConnectPacket } from "mqtt-packet";
import type { RuleCode, RuleLevel } from "../../hub/src/config/index.ts";
import type { Finding } from "../../hub/src/namespace/index.ts";
import { startTestHub, type Ending, type TestHub } from "./hub.ts";
import { RawClient, publishPacket } from "./mqtt-raw-client.ts";
import { rawPayload, type RawMetric, type RawPayload } from "./sparkplug-raw.ts";

export const now = (): number => Date.now();

/** The names of one offender. */
export interface Ids {
  readonly clientId: string;
  readonly edge: string;
  readonly host: string;
}

export interface Sent {
  readonly topic: string;
  readonly payload: Buffer | string;
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
}

/** What the client is told, or not told, when the rule rejects. */
type Answer =
  | { readonly connack: number }
  | { readonly puback: number }
  | { readonly disconnect: number }
  | "dropped"
  | "nothing";

/** How a rule is broken. */
export interface Offence {
  readonly code: RuleCode;
  /** More than the code, when there are several ways. */
  readonly how?: string;
  /** CONNECT, besides what a good edge node says. */
  connect?(ids: Ids): Partial<IConnectPacket>;
  readonly hasWill?: false;
  /** What it subscribes to; its commands when left out. */
  filters?(ids: Ids): readonly (readonly [filter: string, qos: 0 | 1 | 2])[];
  /** Something before the offender comes. */
  before?(ids: Ids, plant: GuardPlant): Promise<void>;
  /** What it publishes; the last one is wrong. */
  send?(ids: Ids): readonly Sent[];
  /** What else happens then. */
  afterwards?(client: RawClient, ids: Ids, plant: GuardPlant): Promise<void> | void;
  /** The finding's sentence. */
  readonly says: RegExp;
  /** Statements that it must cite, without `tck-id-`; others may be there too. */
  readonly ids: readonly string[];
  readonly rejected: Answer;
  /** Only told, whatever the level: then it is `warn`. */
  readonly isToldOnly?: true;
  /** MQTT 3.1.1 has nothing like it. */
  readonly isMqtt5Only?: true;
}

export class GuardPlant {
  readonly hub: TestHub;
  readonly listener: RawClient;

  constructor(hub: TestHub, listener: RawClient) {
    this.hub = hub;
    this.listener = listener;
  }

  static async open(t: Ending, profile: "observe" | "strict" = "observe"): Promise<GuardPlant> {
    const guardTimes = { rebirthMs: 0, rebirthPauseMs: 0, stateMs: 0, sweepMs: 5 };
    const hub = await startTestHub(t, "", { guardTimes, profile });
    const listener = await RawClient.connected(hub.mqttPort, { clientId: "listener" });
    t.after(() => listener[Symbol.asyncDispose]());
    listener.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [
        { topic: "#", qos: 0 },
        { topic: "$UNS/findings/#", qos: 0 },
      ],
    });
    await listener.find("suback");
    return new GuardPlant(hub, listener);
  }

  async client(packet: Partial<IConnectPacket>): Promise<RawClient> {
    const client = await RawClient.open(this.hub.mqttPort, packet.protocolVersion === 4 ? 4 : 5);
    await client.connect(packet);
    return client;
  }

  /** The finding as it is published. */
  async finding(code: RuleCode, clientId: string): Promise<Finding> {
    const topic = `$UNS/findings/${code}/${encodeURIComponent(clientId)}`;
    const packet = await this.listener.find("publish", (publish) => publish.topic === topic);
    return JSON.parse(String(packet.payload));
  }

  /** Whether the listener got this message. */
  async passed({ topic, payload }: Sent): Promise<boolean> {
    await this.listener.settle();
    return this.listener.received.some(
      (packet) =>
        packet.cmd === "publish" &&
        packet.topic === topic &&
        Buffer.from(payload).equals(Buffer.from(packet.payload)),
    );
  }
}

type Level = RuleLevel;

/** Tests every offence at every level, and with MQTT 3.1.1, which can say less, where it is refused. */
export function testOffences(title: string, offences: readonly Offence[]): void {
  describe(title, () => {
    const endings: (() => unknown)[] = [];
    let plant: GuardPlant;
    before(async () => {
      plant = await GuardPlant.open({ after: (end) => void endings.push(end) });
    });
    after(async () => {
      for (const end of endings.toReversed()) await end();
    });
    for (const offence of offences) {
      for (const level of ["off", "observe", "warn", "reject"] as const) {
        it(titleOf(offence, level), () => provoke(plant, offence, level));
      }
      if (isRefused(offence, "reject") && offence.isMqtt5Only !== true)
        it(`${titleOf(offence, "reject")}, in the words of MQTT 3.1.1`, () =>
          provoke(plant, { ...offence, connect: (ids) => asMqtt3(offence, ids) }, "reject"));
    }
  });
}

function titleOf({ code, how = "", rejected, isToldOnly }: Offence, level: Level): string {
  const what = how === "" ? code : `${code} (${how})`;
  if (level === "off") return `says nothing of ${what} at level off`;
  if (level !== "reject") return `tells ${what} and lets it pass at level ${level}`;
  if (rejected === "nothing" || isToldOnly)
    return `tells ${what} at level reject, where nothing can be refused`;
  return `refuses ${what} at level reject: ${typeof rejected === "string" ? rejected : JSON.stringify(rejected)}`;
}

let offenders = 0;

async function provoke(plant: GuardPlant, offence: Offence, level: Level): Promise<void> {
  setLevel(plant, offence, level);
  offenders += 1;
  const name = `${offence.code.toLowerCase()}-${offenders}`;
  const ids = { clientId: `client ${name}`, edge: `edge-${name}`, host: `host-${name}` };
  const done = await offend(plant, offence, ids);
  if (level === "off") {
    await checkSilence(plant, offence, done, ids);
    return done.client[Symbol.asyncDispose]();
  }

  const finding = await plant.finding(offence.code, ids.clientId);

  checkFinding(finding, offence, ids);
  const { isToldOnly = false } = offence;
  const isOfLater = offence.rejected === "nothing" && !isToldOnly;
  if (done.last !== undefined && !isOfLater) checkSeen(finding, done);
  assert.equal(finding.level, isToldOnly && level === "reject" ? "warn" : level);
  if (isRefused(offence, level)) await checkAnswer(plant, offence, done);
  else {
    assert.ok(done.isIn, "it should be let in");
    assert.ok(done.last === undefined || (await plant.passed(done.last)), "it should pass");
  }
  await done.client[Symbol.asyncDispose]();
}

/** What an offender did, and what it was told at CONNECT. */
interface Done {
  readonly client: RawClient;
  readonly connack: IConnackPacket;
  readonly isIn: boolean;
  readonly last: Sent | undefined;
  readonly will: IConnectPacket["will"];
}

async function offend(plant: GuardPlant, offence: Offence, ids: Ids): Promise<Done> {
  await offence.before?.(ids, plant);
  const { client, connack, will } = await connected(plant, offence, ids);
  const messages = offence.send?.(ids) ?? [];
  const isIn = connack.returnCode === 0 || connack.reasonCode === 0;
  if (isIn) {
    await misbehave(client, offence.filters?.(ids) ?? goodFilters(ids), messages);
    await offence.afterwards?.(client, ids, plant);
  }
  return { client, connack, isIn, last: messages.at(-1), will };
}

function isRefused({ rejected, isToldOnly }: Offence, level: Level): boolean {
  return level === "reject" && rejected !== "nothing" && isToldOnly !== true;
}

/** This rule at this level, all others as the profile has them. */
function setLevel({ hub: { rules } }: GuardPlant, { code }: Offence, level: Level): void {
  for (const other of Object.keys(rules)) Reflect.deleteProperty(rules, other);
  Reflect.set(rules, code, level);
}

async function connected(
  plant: GuardPlant,
  offence: Offence,
  ids: Ids,
): Promise<Pick<Done, "client" | "connack" | "will">> {
  const packet: Partial<IConnectPacket> = {
    clientId: ids.clientId,
    ...(offence.hasWill !== false && { will: deathWill(ids) }),
    ...offence.connect?.(ids),
  };
  const client = await RawClient.open(plant.hub.mqttPort, packet.protocolVersion === 4 ? 4 : 5);
  return { client, connack: await client.connect(packet), will: packet.will };
}

function asMqtt3(offence: Offence, ids: Ids): Partial<IConnectPacket> {
  return { ...offence.connect?.(ids), protocolVersion: 4 };
}

async function misbehave(
  client: RawClient,
  filters: readonly (readonly [string, 0 | 1 | 2])[],
  messages: readonly Sent[],
): Promise<void> {
  if (filters.length > 0) {
    const subscriptions = filters.map(([topic, qos]) => ({ topic, qos }));
    client.send({ cmd: "subscribe", messageId: 1, subscriptions });
    await client.find("suback");
  }
  for (const { topic, payload, ...flags } of messages)
    client.send(publishPacket(topic, Buffer.from(payload), flags));
}

function checkFinding(finding: Finding, offence: Offence, ids: Ids): void {
  assert.match(finding.because, offence.says);
  assert.deepEqual(
    offence.ids.filter((id) => !finding.ids.includes(`tck-id-${id}`)),
    [],
  );
  assert.match(finding.address, /^127\.0\.0\.1:\d+$/);
  assert.equal(finding.clientId, ids.clientId);
  assert.ok(finding.count > 0 && finding.advice !== "" && finding.title !== "");
}

/** The finding shows the message, or the Will that is wrong because of it. */
function checkSeen({ topic, head }: Finding, { last, will }: Done): void {
  const seen = [last, will].filter((message) => message?.topic === topic);
  const heads = seen.map((message) => Buffer.from(message?.payload ?? "").subarray(0, 64));
  assert.ok(
    heads.some((bytes) => bytes.toString("hex") === head),
    `${topic} ${head}`,
  );
}

/** Nothing is told, nothing refused. */
// oxlint-disable-next-line max-params -- who, what, how it went
async function checkSilence(
  plant: GuardPlant,
  { code }: Offence,
  { client, isIn, last }: Done,
  { clientId }: Ids,
): Promise<void> {
  await Promise.race([client.settle(), client.closed]); // all that it sent has been heard
  assert.ok(isIn && (last === undefined || (await plant.passed(last))));
  const found = plant.hub.hub.guard.findings();
  assert.ok(!found.some((finding) => finding.code === code && finding.clientId === clientId));
}

async function checkAnswer(
  plant: GuardPlant,
  { code, rejected }: Offence,
  { client, connack, last }: Done,
): Promise<void> {
  if (last !== undefined) assert.ok(!(await plant.passed(last)), "it should not pass");
  if (typeof rejected === "string") return;
  if (connack.reasonCode === undefined) return checkMqtt3(rejected, client, connack);
  const answer = await answerOf(rejected, client, connack);
  assert.equal(answer.reasonCode, Object.values(rejected)[0]);
  assert.match(String(answer.properties?.reasonString), new RegExp(`^${code}: `));
}

type Told = Exclude<Answer, string>;

async function answerOf(rejected: Told, client: RawClient, connack: IConnackPacket) {
  if ("connack" in rejected) return connack;
  return "puback" in rejected ? client.find("puback") : client.find("disconnect");
}

/** It can refuse a connection, acknowledge what it drops, and close. */
async function checkMqtt3(
  rejected: Told,
  client: RawClient,
  { returnCode }: IConnackPacket,
): Promise<void> {
  assert.equal(returnCode, "connack" in rejected ? 5 : 0);
  if ("puback" in rejected) await client.find("puback");
  else await client.closed;
  assert.ok(client.received.every(({ cmd }) => cmd !== "disconnect"));
}

function goodFilters({ edge }: Ids): readonly (readonly [string, 0 | 1 | 2])[] {
  return [
    [`spBv1.0/G/NCMD/${edge}`, 1],
    [`spBv1.0/G/DCMD/${edge}/+`, 1],
  ];
}

type Will = NonNullable<IConnectPacket["will"]>;

export function deathWill({ edge }: Pick<Ids, "edge">, more: Partial<Will> = {}, bdSeq = 0): Will {
  const metrics = [{ name: "bdSeq", datatype: 4, long: bdSeq }];
  const payload = rawPayload({ metrics });
  return { topic: `spBv1.0/G/NDEATH/${edge}`, payload, qos: 1, retain: false, ...more };
}

export function stateWill(
  { host }: Pick<Ids, "host">,
  more: Partial<Will> = {},
  timestamp = now(),
): Will {
  const payload = Buffer.from(JSON.stringify({ online: false, timestamp }));
  return { topic: `spBv1.0/STATE/${host}`, payload, qos: 1, retain: true, ...more };
}

/** A message of the edge node. `what`: its type, and the device after a slash. */
export function sent(
  { edge }: Ids,
  what: string,
  payload: RawPayload,
  flags: Partial<Sent> = {},
): Sent {
  const [type = "", device] = what.split("/");
  const topic = `spBv1.0/G/${type}/${edge}${device === undefined ? "" : `/${device}`}`;
  return { topic, payload: rawPayload({ timestamp: now(), ...payload }), ...flags };
}

const BD_SEQ: RawMetric = { name: "bdSeq", datatype: 4, long: 0, timestamp: 1 };
const REBIRTH: RawMetric = {
  name: "Node Control/Rebirth",
  datatype: 11,
  boolean: false,
  timestamp: 1,
};

/** An NBIRTH in order, and more metrics. */
export function nbirth(ids: Ids, more: readonly RawMetric[] = [], payload: RawPayload = {}): Sent {
  return sent(ids, "NBIRTH", { seq: 0, metrics: [BD_SEQ, REBIRTH, ...more], ...payload });
}

/** A metric that is right in a birth. */
export const SPEED: RawMetric = { name: "Speed", datatype: 3, int: 5, timestamp: 1 };

/** A DBIRTH in order of device `d`. */
export function dbirth(ids: Ids, metrics: readonly RawMetric[] = [SPEED], seq = 1): Sent {
  return sent(ids, "DBIRTH/d", { seq, metrics });
}
