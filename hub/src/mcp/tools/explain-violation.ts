/** One violation in parts: which rule, where, what was seen and what was expected, how to mend it, since when and how often. */
import { z } from "zod";
import { timeText } from "../../tree/index.ts";
import { ToolFault } from "../rooms.ts";
import { cut, quoted } from "../texts.ts";
import { tool } from "../tool.ts";
import { findingId, seenFindings } from "./violations.ts";

const at = z.string().optional().describe("RFC 3339, UTC; left out: a time that has no date");
const output = z.object({
  id: z.string(),
  rule: z.object({
    code: z.string(),
    title: z.string().describe("What is wrong, in short"),
    level: z.string(),
    requirements: z.array(z.string()).describe("Statements of Sparkplug 3.0: tck-id-…"),
  }),
  where: z.object({
    subject: z.string().describe("The edge node, host, client or part of the hub it is about"),
    clientId: z.string(),
    address: z.string(),
    topic: z.string().describe("Of the last one"),
    firstBytes: z.string().describe("Of the payload, in hex"),
  }),
  sentence: z.string().describe("What was found the last time, in the words of the hub"),
  seen: z.string(),
  expected: z.string().nullable().describe("null: the sentence and the rule say it"),
  moreInMessage: z.int().describe("How often it was found again in the same message"),
  fix: z.string(),
  count: z.int(),
  first: at,
  last: at,
  state: z.enum(["open", "acknowledged", "resolved"]),
  resolved: z.object({ at, because: z.string() }).nullable().describe("The hub saw its end"),
});

export const explainViolationTool = tool({
  name: "explain_violation",
  title: "Explain a violation",
  description:
    "One violation in parts: the rule and the requirements of the standard, where, what was seen and what was expected, what to do, since when, how often, whether it is over.",
  needs: "read diagnostics",
  input: z.object({ id: z.string().min(1).max(65_536).describe("As `violations` answers it") }),
  output,
  run: ({ id }, call) => {
    const found = seenFindings(call, 0).find((finding) => findingId(finding) === id);
    if (found === undefined) throw new ToolFault(`there is no violation ${quoted(id)}`);
    const { code, title, level, ids, subject, clientId, address, topic, head, resolved } = found;
    const explained: z.output<typeof output> = {
      id: cut(id),
      rule: { code, title, level, requirements: [...ids] },
      where: {
        subject: cut(subject),
        clientId: cut(clientId),
        address,
        topic: cut(topic),
        firstBytes: head,
      },
      sentence: cut(found.because),
      ...partsOf(found.because),
      fix: found.advice,
      count: found.count,
      first: timeText(found.firstAt),
      last: timeText(found.lastAt),
      state: found.state,
      resolved: resolved === null ? null : { at: timeText(resolved.at), because: resolved.because },
    };
    return { result: explained };
  },
});

const EXPECTED = ", expected ";
const MORE = / \(and (\d{1,9}) more in the same message\)$/;

/** As the guard says it: `seq is 7, expected 4 (and 2 more in the same message)`. */
function partsOf(because: string) {
  const more = MORE.exec(because);
  const alone = more === null ? because : because.slice(0, more.index);
  const place = alone.lastIndexOf(EXPECTED); // names before it may hold these words
  return {
    seen: cut(place === -1 ? alone : alone.slice(0, place)),
    expected: place === -1 ? null : cut(alone.slice(place + EXPECTED.length)),
    moreInMessage: Number(more?.[1] ?? 0),
  };
}
