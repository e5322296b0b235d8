/** Connects everybody a scenario needs, subscribers first, and puts them into lanes. */
import type { Round, Scenario } from "../scenario.ts";
import { Client } from "./client.ts";
import { ALL_DATA, dataTopic, farewell, openEdgeNode } from "./edge-node.ts";
import { Lane } from "./lane.ts";
import { Publisher } from "./publisher.ts";
import { fastRing, timedRing } from "./ring.ts";

export interface Cast {
  readonly lanes: readonly Lane[];
  readonly publishers: readonly Publisher[];
  readonly subscribers: readonly Client[];
  /** Ends all connections, and the sessions that would outlive them. */
  leave(): Promise<void>;
}

/** A server is not flooded with newcomers: so many connect at a time. */
const AT_ONCE = 10;

/** @throws when the server refuses somebody. */
export async function gather(round: Round): Promise<Cast> {
  const subscribers = await openSubscribers(round);
  const publishers = await openPublishers(round);
  return castOf(round, publishers, subscribers);
}

/** Those that are connected already, in their lanes. */
export function castOf(
  round: Round,
  publishers: readonly Publisher[],
  subscribers: readonly Client[],
): Cast {
  return {
    lanes: lanesOf(round.scenario, publishers, subscribers),
    publishers,
    subscribers,
    leave: () => leave(round, publishers, subscribers),
  };
}

/** Subscribers with their subscriptions, nobody else. */
export function openSubscribers(round: Round): Promise<readonly Client[]> {
  const { scenario, port } = round;
  return inBatches(scenario.subscribers, async (index) => {
    const clientId = subscriberId(round, index);
    const client = await Client.open({ port, clientId, clean: !scenario.persistent });
    await client.subscribe(filterOf(scenario, index), scenario.qos);
    return client;
  });
}

/** Publishers that send nothing yet. */
export function openPublishers(round: Round): Promise<readonly Publisher[]> {
  return inBatches(round.scenario.publishers, (index) => openPublisher(round, index));
}

/** The same client id each time: a persistent session finds its client again. */
function subscriberId({ number }: Round, index: number): string {
  return `bench-${number}-subscriber-${index}`;
}

async function openPublisher(round: Round, index: number): Promise<Publisher> {
  const { port, number, scenario } = round;
  const { payload, qos, load } = scenario;
  if (payload.kind === "sparkplug") {
    return openEdgeNode({ port, index, metrics: payload.metrics, bdSeq: number % 256 });
  }
  const clientId = `bench-${number}-publisher-${index}`;
  const client = await Client.open({ port, clientId, clean: true });
  const makeRing = load.kind === "paced" ? timedRing : fastRing;
  return new Publisher(
    client,
    makeRing({ topic: plainTopic(index), payloadBytes: payload.bytes, qos }),
  );
}

function lanesOf(
  { routing }: Scenario,
  publishers: readonly Publisher[],
  subscribers: readonly Client[],
): readonly Lane[] {
  if (routing !== "pairs") return [new Lane(publishers, subscribers, routing === "shared")];
  return publishers.map(
    (publisher, index) => new Lane([publisher], subscribers.slice(index, index + 1), false),
  );
}

function plainTopic(index: number): string {
  return `bench/line-${index}/values`;
}

function filterOf({ routing, payload }: Scenario, index: number): string {
  const isPlain = payload.kind === "plain";
  if (routing === "pairs") return isPlain ? plainTopic(index) : dataTopic(index);
  const filter = isPlain ? "bench/+/values" : ALL_DATA;
  return routing === "shared" ? `$share/bench/${filter}` : filter;
}

async function leave(
  round: Round,
  publishers: readonly Publisher[],
  subscribers: readonly Client[],
): Promise<void> {
  const { scenario, number } = round;
  const isSparkplug = scenario.payload.kind === "sparkplug";
  await Promise.all([
    ...publishers.map(({ client }, index) =>
      client.close(isSparkplug ? farewell(index, number % 256) : undefined),
    ),
    ...subscribers.map((client) => client.close()),
  ]);
  if (scenario.persistent) await forgetSessions(round);
}

/** A clean session takes the place of the one that was kept. [MQTT311-3.1.2-6] */
async function forgetSessions(round: Round): Promise<void> {
  const { port, scenario } = round;
  const clients = await inBatches(scenario.subscribers, (index) =>
    Client.open({ port, clientId: subscriberId(round, index), clean: true }),
  );
  await Promise.all(clients.map((client) => client.close()));
}

/** Does `open` for 0 to `count` − 1, some at a time. */
export async function inBatches<Item>(
  count: number,
  open: (index: number) => Promise<Item>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let start = 0; start < count; start += AT_ONCE) {
    const length = Math.min(AT_ONCE, count - start);
    items.push(...(await Promise.all(Array.from({ length }, (_, index) => open(start + index)))));
  }
  return items;
}
