/**
 * QoS 1 into the sessions of subscribers that are away: how fast it is acknowledged, and how fast they fetch it when
 * they are back.
 */
import type { Round, RoundResult } from "../scenario.ts";
import { castOf, openPublishers, openSubscribers } from "./cast.ts";
import { arrivedIn, missingIn } from "./flow.ts";
import { startMeter, type Measured } from "./meter.ts";
import type { Publisher } from "./publisher.ts";
import { settled } from "./waiting.ts";

export async function offline(round: Round, messages: number): Promise<RoundResult> {
  const away = await openSubscribers(round);
  await Promise.all(away.map((client) => client.close()));
  const publishers = await openPublishers(round);
  const measured = await store(round, publishers, messages);
  return { ...measured, ...(await drain(round, publishers)) };
}

/** All messages out and acknowledged. */
async function store(
  { serverPid }: Round,
  publishers: readonly Publisher[],
  messages: number,
): Promise<Measured> {
  const acknowledged = (): number =>
    publishers.reduce((total, { client }) => total + client.inbox.acknowledged, 0);
  const messagesEach = Math.floor(messages / publishers.length);
  const stopMeter = startMeter(serverPid, acknowledged);
  for (const publisher of publishers) sendShare(publisher, messagesEach);
  const isDone = (): boolean =>
    publishers.every(({ sent, hasUnacknowledged }) => sent >= messagesEach && !hasUnacknowledged);
  if (await settled(acknowledged, isDone)) return stopMeter();
  throw new Error(`only ${acknowledged()} of ${messages} messages were acknowledged`);
}

/** As fast as acknowledgements come. */
function sendShare(publisher: Publisher, messagesEach: number): void {
  const pump = (): void => {
    while (publisher.sent < messagesEach && publisher.maySend) publisher.send();
  };
  publisher.client.onProgress = pump;
  pump();
}

type Drained = Pick<RoundResult, "lost" | "drainedPerSecond" | "drainedPerCpuSecond">;

async function drain(round: Round, publishers: readonly Publisher[]): Promise<Drained> {
  const stopMeter = startMeter(round.serverPid, () => 0);
  const subscribers = await openSubscribers(round);
  const cast = castOf(round, publishers, subscribers);
  const lost = await missingIn(cast);
  const { seconds, serverCpuSeconds } = stopMeter();
  const messages = arrivedIn(cast);
  await cast.leave();
  return {
    lost,
    drainedPerSecond: messages / seconds,
    drainedPerCpuSecond: messages / serverCpuSeconds,
  };
}
