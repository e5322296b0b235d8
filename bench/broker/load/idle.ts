/** Connections that say nothing: what each costs the server in memory. */
import { setTimeout as sleep } from "node:timers/promises";
import { residentBytes } from "../proc.ts";
import type { Round, RoundResult } from "../scenario.ts";
import { inBatches } from "./cast.ts";
import { Client } from "./client.ts";
import { startMeter } from "./meter.ts";

/** An inbox for CONNACK and nothing more. */
const BUFFER_BYTES = 256;
/** Until the server has put away what connecting needed. */
const SETTLE_MS = 3000;

export async function idle(round: Round, connections: number): Promise<RoundResult> {
  const { port, serverPid } = round;
  const before = residentBytes(serverPid);
  const clients = await inBatches(connections, (index) =>
    Client.open({
      port,
      clientId: `bench-${round.number}-idle-${index}`,
      clean: true,
      bufferBytes: BUFFER_BYTES,
    }),
  );
  const stopMeter = startMeter(serverPid, () => 0);
  await sleep(SETTLE_MS);
  const bytesPerConnection = (residentBytes(serverPid) - before) / connections;
  const measured = stopMeter();
  await Promise.all(clients.map((client) => client.close()));
  return { ...measured, lost: 0, bytesPerConnection };
}
