/** An OPC UA connection that is tried: endpoints, certificate, session, and one read of the first tag. */
import { performance } from "node:perf_hooks";
import type { Logger, TrialContext, TrialStep } from "@unshub/adapter";
import { resolveNodes } from "./browse/resolve-nodes.ts";
import type { OpcUaConfig } from "./config.ts";
import { closeClient, closeSession } from "./connect/close-client.ts";
import { Connector, type OpenSession, type Passed } from "./connect/connector.ts";
import type { NodePlace } from "./data-config.ts";
import { noAnswerInTime, within } from "./deadline.ts";
import { OpcUaError, firstLine } from "./errors.ts";
import { certificateDir, trustDir } from "./folders.ts";
import { loadLibrary, type Library } from "./library.ts";
import { quietLibrary } from "./quiet.ts";

const VALUE = 13;
const READ_WITHIN_MS = 5_000;
const STEPS = ["endpoints", "certificate", "session"] as const;
const QUIET: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export async function* tryOpcUa(
  config: OpcUaConfig,
  context: TrialContext,
): AsyncGenerator<TrialStep> {
  const library = await loadLibrary();
  quietLibrary(library, QUIET);
  const passed: TrialStep[] = [];
  let begun = performance.now();
  const pass = ({ step, says }: Passed): void => {
    const now = performance.now();
    passed.push({ step, outcome: "done", says, ms: Math.round(now - begun) });
    begun = now;
  };
  const connector = new Connector({
    config,
    library,
    log: QUIET,
    certificateDir: certificateDir(context.sharedDir),
    trustDir: trustDir(context.dataDir),
    now: () => context.now(),
    onPassed: pass,
  });
  let opened: OpenSession;
  try {
    opened = await connector.open(config.endpoint, context.signal);
  } catch (error) {
    yield* passed;
    const step = STEPS[passed.length] ?? "session";
    yield { step, outcome: "failed", ...faultOf(error), ms: Math.round(performance.now() - begun) };
    return;
  }
  try {
    yield* passed;
    yield await readFirst({ ...opened, library }, config.tags, context.deviceId);
  } finally {
    await closeSession(opened.session);
    await closeClient(opened.client);
  }
}

/** Of which session, and what is needed to find nodes on it. */
interface ReadPlace extends Pick<OpenSession, "session" | "server"> {
  readonly library: Library;
}

/** `deviceId`: left out, the first that there is. */
export async function readFirst(
  place: ReadPlace,
  tags: OpcUaConfig["tags"],
  deviceId: string | undefined,
): Promise<TrialStep> {
  const tag = tags.find(
    ({ access, device }) => access !== "w" && (deviceId === undefined || device === deviceId),
  );
  if (tag === undefined)
    return { step: "read", outcome: "done", says: "no tag of it can be read", ms: 0 };
  const begun = performance.now();
  const deadline = { ms: READ_WITHIN_MS, late: noAnswerInTime };
  const found = await within(deadline, valueOf(place, tag.node)).catch((cause: unknown) => ({
    reason: firstLine(cause),
  }));
  const ms = Math.round(performance.now() - begun);
  if ("text" in found)
    return { step: "read", outcome: "done", says: `the value of ${tag.name} is ${found.text}`, ms };
  const todo = "The session works: check the node of this tag, and what this user may read.";
  return {
    step: "read",
    outcome: "failed",
    says: `the server refuses ${tag.name}: ${found.reason}`,
    todo,
    ms,
  };
}

/** Rejects when a call fails. */
async function valueOf(
  place: ReadPlace,
  node: NodePlace,
): Promise<{ readonly text: string } | { readonly reason: string }> {
  const [found] = await resolveNodes(place, [node]);
  if (found === undefined) return { reason: "it is not there" };
  if ("reason" in found) return found;
  const { nodeId } = found;
  const { statusCode, value } = await place.session.read({ nodeId, attributeId: VALUE });
  if (!statusCode.isGood()) return { reason: statusCode.name };
  const raw: unknown = value.value;
  const isPlain = ["string", "number", "boolean"].includes(typeof raw);
  return { text: isPlain ? String(raw).slice(0, 100) : "there" };
}

function faultOf(error: unknown): Pick<TrialStep, "says" | "todo"> {
  if (!(error instanceof OpcUaError)) throw error;
  const { code, message } = error;
  return { says: message, todo: TODO.get(code) ?? OTHERWISE };
}

const OTHERWISE =
  "Look at the certificate of the server: renew it there, or waive what is wrong with it.";
const USER = "Check user and password, and whether the server lets this user in.";
const TODO: ReadonlyMap<string, string> = new Map([
  ["CONNECT_FAILED", "Check address and port, whether the server runs, and the firewall between."],
  [
    "NO_MATCHING_ENDPOINT",
    "Choose under security what the server offers, or switch on there what is asked for.",
  ],
  [
    "AWAITING_TRUST",
    "Compare the fingerprint with what the server shows; once the adapter is saved, trust it on the page of certificates.",
  ],
  [
    "CERTIFICATE_REFUSED",
    "On the server, move the certificate of this hub from rejected to trusted.",
  ],
  ["IDENTITY_NOT_OFFERED", USER],
  ["IDENTITY_REJECTED", USER],
  [
    "IDENTITY_UNREADABLE",
    "The password, or the certificate of the user, cannot be read on this machine.",
  ],
  [
    "PLAIN_PASSWORD",
    "Choose a protected endpoint under security: without one the password could be read.",
  ],
  ["TOO_MANY_SESSIONS", "End other sessions at the server, or let it take more."],
  ["SERVER_NOT_RUNNING", "Look at the server itself: it says that it is not at work."],
]);
