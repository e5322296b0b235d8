/** As fast as the server can: a closed loop, so that no server drops, and none queues without end. */
import type { Round, RoundResult } from "../scenario.ts";
import { gather, type Cast } from "./cast.ts";
import { startMeter } from "./meter.ts";
import { running, settled } from "./waiting.ts";

export async function flow(round: Round, windowMessages: number): Promise<RoundResult> {
  const cast = await gather(round);
  const arrived = (): number => arrivedIn(cast);
  const lost = whenLost(cast);
  for (const lane of cast.lanes) lane.run(windowMessages);
  await Promise.race([running(round.warmUpSeconds, arrived), lost]);
  const stopMeter = startMeter(round.serverPid, arrived);
  await Promise.race([running(round.seconds, arrived), lost]);
  const measured = stopMeter();
  for (const lane of cast.lanes) lane.stop();
  const missing = await missingIn(cast);
  const commands = commandsTo(cast, round);
  await cast.leave();
  return { ...measured, lost: missing, ...(commands > 0 && { commands }) };
}

export function arrivedIn({ lanes }: Cast): number {
  return lanes.reduce((total, lane) => total + lane.arrived, 0);
}

/** Waits for all that was sent; gives how many messages did not come. Negative: some came twice. */
export async function missingIn(cast: Cast): Promise<number> {
  const expected = cast.lanes.reduce((total, lane) => total + lane.expected, 0);
  await settled(
    () => arrivedIn(cast),
    () => arrivedIn(cast) >= expected,
  );
  return expected - arrivedIn(cast);
}

/** Rejects when a connection breaks. */
export function whenLost({ publishers, subscribers }: Cast): Promise<never> {
  const clients = [...subscribers, ...publishers.map(({ client }) => client)];
  return new Promise((_resolve, reject) => {
    for (const client of clients) client.onLost = reject;
  });
}

function commandsTo({ publishers }: Cast, { scenario }: Round): number {
  if (scenario.payload.kind !== "sparkplug") return 0;
  return publishers.reduce((total, { client }) => total + client.inbox.messages, 0);
}
