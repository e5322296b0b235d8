/** Black boxes as fixtures: what clients once said to a hub, said again to a hub of a test, and what that finds. */
import { readFileSync } from "node:fs";
import { Player, readBlackBox, type Played } from "../../hub/src/blackbox/index.ts";
import type { Ending, TestHub } from "./hub.ts";

/** Says everything in a file to a hub, in its order; the connections stay until the test ends. */
export async function playBlackBox(
  t: Ending,
  hub: Pick<TestHub, "mqttPort">,
  file: string,
): Promise<Played> {
  const { lines } = readBlackBox(readFileSync(file, "utf8"));
  const player = new Player({ host: "127.0.0.1", port: hub.mqttPort, speed: Infinity });
  t.after(() => player.close());
  return await player.play(lines);
}

/** What a hub found: code, client, subject, and how often, in the order of the alphabet. */
export function foundBy({ hub }: Pick<TestHub, "hub">): readonly string[] {
  return hub.guard
    .findings()
    .map(({ code, clientId, subject, count }) => `${code} ${clientId}: ${subject} x${count}`)
    .toSorted();
}
