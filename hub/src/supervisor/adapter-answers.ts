/** What an adapter answers to the hub. A bug of the adapter's is an answer too: "failed", with its sentence. */
import {
  ConfigError,
  failedWrite,
  type AdapterDiagnostics,
  type LookQuestion,
  type WriteCommand,
  type WriteResult,
} from "@unshub/adapter";
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
    return { kind: "failed", because: textOf(error) };
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
    case "rescan":
      if (adapter.rescan === undefined) return { kind: "failed", because: "it cannot rescan" };
      await adapter.rescan(question.deviceId);
      return { kind: "rescan" };
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

async function look({ adapter }: HostedAdapter, asked: LookQuestion): Promise<Answer> {
  if (adapter.look === undefined) return { kind: "failed", because: "it cannot look" };
  return { kind: "look", found: await adapter.look(asked) };
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
async function reload({ adapter, module, place }: HostedAdapter, input: unknown): Promise<Answer> {
  let config: unknown;
  try {
    config = module.parseConfig(input, place);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { kind: "failed", because: error.message };
  }
  return { kind: "reload", report: await adapter.reload?.(config) };
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

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
