/** What an adapter answers to the hub. A bug of the adapter's is an answer too: "failed", with its sentence. */
import {
  ConfigError,
  failedWrite,
  type AdapterDiagnostics,
  type BrowseRequest,
  type LookAnswer,
  type LookQuestion,
  type PlannedBirth,
  type WriteCommand,
  type WriteResult,
} from "@unshub/adapter";
import { messageOf } from "../caught.ts";
import { comparedBirths } from "./compared-births.ts";
import type { HostedAdapter } from "./adapter-host.ts";
import type { Answer, Question } from "./thread-messages.ts";

/** `coalesced`: how many samples of a device gave way because the hub was slow. Never rejects. */
export async function answerTo(
  question: Question,
  hosted: HostedAdapter | undefined,
  coalesced: (deviceId: string) => number,
): Promise<Answer> {
  if (hosted === undefined) return { kind: "failed", because: "the adapter did not start" };
  try {
    return await answer(question, hosted, coalesced);
  } catch (error) {
    return { kind: "failed", because: messageOf(error) };
  }
}

async function answer(
  question: Question,
  hosted: HostedAdapter,
  coalesced: (deviceId: string) => number,
): Promise<Answer> {
  const { adapter } = hosted;
  switch (question.kind) {
    case "write":
      return { kind: "write", results: await write(hosted, question.commands) };
    case "reload":
      return await reload(hosted, question.input);
    case "plan":
      return plan(hosted, question.input);
    case "rescan":
      return await rescan(hosted, question.deviceId);
    case "look":
      return await look(hosted, question.look);
    case "diagnostics":
      return { kind: "diagnostics", diagnostics: withCoalesced(adapter.diagnostics(), coalesced) };
    case "trace":
      return { kind: "trace", frames: adapter.trace?.(question.link) };
    case "setTrace":
      return {
        kind: "setTrace",
        isKnown: adapter.setTrace?.(question.link, question.isOn) ?? false,
      };
  }
}

async function rescan({ adapter }: HostedAdapter, deviceId: string | undefined): Promise<Answer> {
  if (adapter.rescan === undefined) return { kind: "failed", because: "it cannot rescan" };
  await adapter.rescan(deviceId);
  return { kind: "rescan" };
}

/** Whoever asks waits for a minute. */
const BROWSE_WITHIN_MS = 50_000;

async function look(hosted: HostedAdapter, asked: LookQuestion): Promise<Answer> {
  const { adapter } = hosted;
  if (asked.kind === "browse") return await browse(hosted, asked);
  if (asked.kind === "nodes") {
    if (adapter.nodes === undefined)
      return { kind: "failed", because: "its devices have no nodes" };
    return { kind: "look", found: await adapter.nodes(asked.parent) };
  }
  if (asked.kind === "once") {
    if (adapter.readOnce === undefined) return { kind: "failed", because: "it cannot be asked" };
    return { kind: "look", found: { kind: "once", step: await adapter.readOnce(asked.deviceId) } };
  }
  if (asked.kind === "raw") {
    if (adapter.raw === undefined) return { kind: "failed", because: "it keeps nothing raw" };
    return { kind: "look", found: await adapter.raw(asked) };
  }
  if (adapter.look === undefined) {
    return { kind: "failed", because: "its devices have no registers" };
  }
  return { kind: "look", found: await adapter.look(asked) };
}

/** All of it at once: that is what fits into an answer over HTTP. */
async function browse({ adapter }: HostedAdapter, request: BrowseRequest): Promise<Answer> {
  if (adapter.browse === undefined) return { kind: "failed", because: "it cannot browse" };
  const tags: Extract<LookAnswer, { kind: "browse" }>["tags"][number][] = [];
  const problems: string[] = [];
  for await (const node of adapter.browse(request, AbortSignal.timeout(BROWSE_WITHIN_MS))) {
    if (node.kind === "tag") tags.push(node.fields);
    else problems.push(node.because);
  }
  return { kind: "look", found: { kind: "browse", tags, problems } };
}

async function write(
  { adapter }: HostedAdapter,
  commands: readonly WriteCommand[],
): Promise<readonly WriteResult[]> {
  try {
    return await adapter.write(commands);
  } catch (error) {
    return commands.map(() => failedWrite(error, Date.now())); // a bug of the adapter's
  }
}

/** A configuration that cannot be used changes nothing. */
async function reload(hosted: HostedAdapter, input: unknown): Promise<Answer> {
  const config = parsed(hosted, input);
  if (config.kind === "failed") return config;
  const report = await hosted.adapter.reload?.(config.value);
  if (report !== undefined) hosted.config = config.value;
  return { kind: "reload", report, devices: hosted.module.deviceIds?.(config.value) };
}

function plan(hosted: HostedAdapter, input: unknown): Answer {
  const config = parsed(hosted, input);
  if (config.kind === "failed") return config;
  const { module } = hosted;
  const birthsOf = (one: unknown): readonly PlannedBirth[] => module.births?.(one) ?? [];
  const [before, after] = [birthsOf(hosted.config), birthsOf(config.value)];
  return { kind: "plan", plan: comparedBirths(before, after) };
}

function parsed(
  { module, place }: HostedAdapter,
  input: unknown,
): { readonly kind: "config"; readonly value: unknown } | Extract<Answer, { kind: "failed" }> {
  try {
    return { kind: "config", value: module.parseConfig(input, place) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { kind: "failed", because: error.message };
  }
}

function withCoalesced(
  { links, devices }: AdapterDiagnostics,
  coalesced: (deviceId: string) => number,
): AdapterDiagnostics {
  const counted = devices.map((device) => ({
    ...device,
    coalesced: device.coalesced + coalesced(device.deviceId),
  }));
  return { links, devices: counted };
}
