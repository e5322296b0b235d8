/** Takes the time, the CPU time of both processes and the messages between two moments. */
import { cpuSeconds } from "../proc.ts";
import type { RoundResult } from "../scenario.ts";

export type Measured = Pick<
  RoundResult,
  "messages" | "seconds" | "serverCpuSeconds" | "generatorCpuSeconds"
>;

/** Starts to measure; the function it gives says what happened since. */
export function startMeter(serverPid: number, messages: () => number): () => Measured {
  const before = {
    at: performance.now(),
    messages: messages(),
    server: cpuSeconds(serverPid),
    own: process.cpuUsage(),
  };
  return () => {
    const own = process.cpuUsage(before.own);
    return {
      messages: messages() - before.messages,
      seconds: (performance.now() - before.at) / 1000,
      serverCpuSeconds: cpuSeconds(serverPid) - before.server,
      generatorCpuSeconds: (own.user + own.system) / 1e6,
    };
  };
}
