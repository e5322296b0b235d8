/** As a plant does it: every publisher sends one message after the other, all of them out of step. */
import type { Round, RoundResult } from "../scenario.ts";
import { gather, type Cast } from "./cast.ts";
import { arrivedIn, missingIn, whenLost } from "./flow.ts";
import { startMeter } from "./meter.ts";
import { running } from "./waiting.ts";

export async function paced(round: Round, perSecondEach: number): Promise<RoundResult> {
  const cast = await gather(round);
  const times: number[] = [];
  const note = (sentAt: number): number => times.push(performance.now() - sentAt);
  const arrived = (): number => arrivedIn(cast);
  const lost = whenLost(cast);
  const stopSending = sendSteadily(cast, perSecondEach);
  await Promise.race([running(round.warmUpSeconds, arrived), lost]);
  for (const { inbox } of cast.subscribers) inbox.numbered = note;
  const stopMeter = startMeter(round.serverPid, arrived);
  await Promise.race([running(round.seconds, arrived), lost]);
  const measured = stopMeter();
  for (const { inbox } of cast.subscribers) inbox.numbered = undefined;
  stopSending();
  const missing = await missingIn(cast);
  await cast.leave();
  times.sort((a, b) => a - b);
  return {
    ...measured,
    lost: missing,
    p50Ms: times[Math.floor(times.length * 0.5)] ?? 0,
    p99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
  };
}

/** Every millisecond those publishers send whose time has come; who waits for acknowledgements is passed over. */
function sendSteadily({ publishers }: Cast, perSecondEach: number): () => void {
  const perMs = (publishers.length * perSecondEach) / 1000;
  const start = performance.now();
  let turns = 0;
  const timer = setInterval(() => {
    const due = Math.floor((performance.now() - start) * perMs);
    for (; turns < due; turns += 1) {
      const publisher = publishers[turns % publishers.length];
      if (publisher?.maySend === true) publisher.send();
    }
  }, 1);
  return () => clearInterval(timer);
}
