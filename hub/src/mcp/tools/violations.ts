/** Tools about what was found: violations, and why a value is stale. */
import { z } from "zod";
import { timeText } from "../../tree/index.ts";
import { timeIn } from "../elements.ts";
import type { Finding } from "../../finding.ts";
import { ToolFault, type Found } from "../rooms.ts";
import { cut, cutTexts } from "../texts.ts";
import { tool, type Call } from "../tool.ts";

const MAX_SHOWN = 200;

/** What names a finding: its rule and the client, as in the topic under `$UNS/findings/`. */
export function findingId({ code, clientId }: Pick<Finding, "code" | "clientId">): string {
  return `${code}/${encodeURIComponent(clientId)}`;
}

/** Whether a finding is about an edge node, or one of its devices. */
export function isAbout(
  { subject }: Pick<Finding, "subject">,
  { group, edgeNode, device }: { group: string; edgeNode: string; device: string | undefined },
): boolean {
  const node = `${group}/${edgeNode}`;
  const names = subject.split(" ");
  if (names.includes(node)) return true;
  return device !== undefined && names.some((name) => name.startsWith(`${node}/${device}`));
}

export const violationsTool = tool({
  name: "violations",
  title: "Violations",
  description:
    "What was found against the rules of Sparkplug, of paths and of the history, the newest first: rule, topic, how often, the first bytes.",
  needs: "read diagnostics",
  input: z.object({
    filter: z.string().max(500).optional().describe("A word in rule, client, subject or topic"),
    since: z.string().max(40).optional().describe("RFC 3339"),
    limit: z.number().int().min(1).max(MAX_SHOWN).default(50),
  }),
  run: ({ filter, since, limit }, call) => {
    const from = since === undefined ? 0 : timeIn(since, "since");
    const all = seenFindings(call, from).filter((finding) => hasWord(finding, filter));
    const violations = all.toReversed().slice(0, limit).map(shown);
    return { result: { count: all.length, violations }, list: "violations" };
  },
});

export const explainTool = tool({
  name: "explain",
  title: "Why is this value stale?",
  description:
    "The way of a value from the device to its readers, hop by hop: what is broken, since when, and the next step to take.",
  needs: "read diagnostics",
  input: z.object({ elementId: z.string().min(1).max(65_536) }),
  run: async ({ elementId }, { rooms, elements }) => {
    const path = elements.treePath(elements.row(elementId));
    const answer = await rooms.explainer.explain(path);
    if ("nothing" in answer) throw new ToolFault(answer.nothing);
    return { result: { elementId, ...asRecord(cutTexts(answer)) } };
  },
});

/** What the caller may see of it. */
export function seenFindings({ rooms, caller }: Call, since: number): readonly Found[] {
  return rooms.findings(since).filter(({ topic }) => caller.readsTopic(topic));
}

function hasWord({ code, title, clientId, subject, topic }: Finding, word = ""): boolean {
  const text = [code, title, clientId, subject, topic].join(" ").toLowerCase();
  return text.includes(word.toLowerCase());
}

function shown(finding: Finding): object {
  const { code, title, level, subject, clientId, topic, because, head, count } = finding;
  return {
    id: findingId(finding),
    rule: code,
    title,
    level,
    subject: cut(subject),
    clientId: cut(clientId),
    topic: cut(topic),
    because: cut(because),
    firstBytes: head,
    count,
    first: timeText(finding.firstAt),
    last: timeText(finding.lastAt),
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
