/** `unshub rebirth`: asks an edge node for its births. */
import { z } from "zod";
import {
  ASKING_OPTIONS,
  DEFAULT_HTTP_URL,
  oneNode,
  readArguments,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub } from "./http.ts";
import { printable } from "./printable.ts";

export const REBIRTH_USAGE = `unshub rebirth GROUP/NODE [--json] [--url ${DEFAULT_HTTP_URL}]
  Asks an edge node for its births. Exit code 1 when it is not there to hear it.`;

const answerSchema = z.object({ outcome: z.enum(["asked", "held", "offline"]) });

const SAID = {
  asked: "was asked for its births",
  held: "was asked a moment ago by somebody else; its births are on their way",
  offline: "is not connected; it brings its births when it comes back",
} as const;

export async function rebirth(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: ASKING_OPTIONS,
  });
  const { node, path } = oneNode(positionals, REBIRTH_USAGE);
  const { outcome } = await askHub(values.url, `/api/v1/rebirths/${path}`, answerSchema, {});
  const isOffline = outcome === "offline";
  if (values.json) console.print(JSON.stringify({ edgeNode: node, outcome }));
  else if (isOffline) console.complain(`${printable(node)} ${SAID[outcome]}.`);
  else console.print(`${printable(node)} ${SAID[outcome]}.`);
  return isOffline ? 1 : 0;
}
