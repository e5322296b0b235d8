/** `unshub rebirths`: who asks which edge node for its births, and what the rebirth shield held back. */
import { z } from "zod";
import {
  ASKING_OPTIONS,
  DEFAULT_HTTP_URL,
  readArguments,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub } from "./http.ts";
import { printable } from "./printable.ts";
import { shortDuration, textTable } from "./text-table.ts";

export const REBIRTHS_USAGE = `unshub rebirths [--url ${DEFAULT_HTTP_URL}] [--json]
  Who asks which edge node for its births, how often, and how often the rebirth shield held that back.`;

const askingSchema = z.object({
  edgeNode: z.string(),
  clientId: z.string().optional(),
  hostId: z.string().optional(),
  cause: z.string().optional(),
  passed: z.number(),
  held: z.number(),
  lastAt: z.number(),
});
const answerSchema = z.object({
  shield: z.object({ on: z.boolean(), windowMs: z.number().optional() }),
  passed: z.number(),
  held: z.number(),
  askings: z.array(askingSchema),
});

export async function rebirths(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values } = readArguments({
    args: [...args],
    options: ASKING_OPTIONS,
  });
  const answer = await askHub(values.url, "/api/v1/rebirths", answerSchema);
  if (values.json) {
    for (const asking of answer.askings) console.print(JSON.stringify(asking));
    return 0;
  }
  const { shield, passed, held, askings } = answer;
  const state = shield.on
    ? `the shield waits ${shortDuration(shield.windowMs ?? 0)} for an answer`
    : "the shield is off (namespace.sparkplug.rebirthShield)";
  console.print(`${passed} requests passed, ${held} were held back; ${state}.`);
  if (askings.length === 0) return 0;
  for (const line of textTable(HEAD, askings.map(cells))) console.print(line);
  return 0;
}

const HEAD = [
  ["EDGE NODE", "left"],
  ["ASKED BY", "left"],
  ["HOST", "left"],
  ["LAST CAUSE", "left"],
  ["PASSED", "right"],
  ["HELD", "right"],
  ["LAST", "right"],
] as const;

function cells(asking: z.output<typeof askingSchema>): readonly string[] {
  const { edgeNode, clientId, hostId = "", cause = "", passed, held, lastAt } = asking;
  return [
    printable(edgeNode),
    clientId === undefined ? "this hub" : printable(clientId),
    printable(hostId),
    cause,
    String(passed),
    String(held),
    shortDuration(Date.now() - lastAt),
  ];
}
