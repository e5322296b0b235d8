/**
 * Which causes have an end that the hub knows, and whether it has come. Whatever is not named here only grows old: that
 * nothing was seen for a while is no proof that the cause is gone.
 */
import type { Finding } from "../finding.ts";
import type { AdapterAccount, DeviceAccount } from "../supervisor/index.ts";

/** What the hub knows of those that findings are about. Times are milliseconds since 1970 UTC. */
export interface EndingFacts {
  /** When an edge node was born last, while it lives. `node`: `group/edge node`. */
  bornAt(node: string): number | undefined;
  /** Since when a client is connected, while it is. */
  connectedAt(clientId: string): number | undefined;
  /** The same list as long as these facts are looked at. */
  adapters(): readonly AdapterAccount[];
  /** Since when a sink writes, while it does. */
  sinkWritesSince(name: string): number | undefined;
  isRecording(): boolean;
}

/** How a cause ends: in words, and when it did. */
export interface Ending {
  /** Goes on after "over when …". */
  readonly when: string;
  /** `undefined`: not yet. */
  readonly over: { readonly at: number; readonly because: string } | undefined;
}

/** A birth or CONNECT later than this is another one than that in which it was found; findings tell seconds. */
const ANOTHER_MS = 2000;
/** For so long after a birth or CONNECT it must not be found again: devices are born, data begins. */
const QUIET_MS = 10_000;

/** What an edge node does wrong in a session is over with the next session in which it does not. */
const OF_SESSION = /^(?:S0[1-7]|S11|S12|S17|M01|M02|M07|M09|M11|M17)$/;
const OF_CONNECT = /^C\d\d$/;

/** What is asked of a finding. */
type Ended = Pick<Finding, "code" | "clientId" | "subject" | "lastAt">;

/** `undefined`: it has no end that the hub knows. */
export function endingOf(finding: Ended, facts: EndingFacts, now: number): Ending | undefined {
  const { code, subject } = finding;
  if (OF_SESSION.test(code)) {
    const node = /^edge node (.+)$/.exec(subject)?.[1];
    return node === undefined ? undefined : bornAgain(finding, facts.bornAt(node), now);
  }
  if (OF_CONNECT.test(code)) return connectedAgain(finding, facts, now);
  return ofOwnParts(finding, facts, now);
}

/**
 * Of one that is not among the findings, because the hub started since `at`: findings of its own parts are about whom they
 * are named by. Nothing of a device that is not known yet: its adapter may be starting.
 */
export function endOfForgotten(
  { code, clientId, at }: Pick<Finding, "code" | "clientId"> & { readonly at: number },
  facts: EndingFacts,
  now: number,
): Ending["over"] {
  const over = endingOf({ code, clientId, subject: clientId, lastAt: at }, facts, now)?.over;
  return over?.because === NOT_CONFIGURED ? undefined : over;
}

function bornAgain(finding: Ended, bornAt: number | undefined, now: number): Ending {
  return {
    when: "its edge node is born again and does not do it for ten seconds",
    over: quietSince(finding, bornAt, now, "the edge node was born again without it"),
  };
}

function connectedAgain(finding: Ended, facts: EndingFacts, now: number): Ending {
  return {
    when: "the client connects again without it",
    over: quietSince(
      finding,
      facts.connectedAt(finding.clientId),
      now,
      "the client connected again without it",
    ),
  };
}

// oxlint-disable-next-line max-params -- a beginning, and what it says when it has lasted
function quietSince(
  { lastAt }: Ended,
  at: number | undefined,
  now: number,
  because: string,
): Ending["over"] {
  const isAnother = at !== undefined && at > lastAt + ANOTHER_MS;
  return isAnother && now - at >= QUIET_MS ? { at, because } : undefined;
}

function ofOwnParts(
  { code, subject, lastAt }: Ended,
  facts: EndingFacts,
  now: number,
): Ending | undefined {
  switch (code) {
    case "ADAPTER-DEVICE":
    case "ADAPTER-ENDED":
      return ofAdapter(code, subject, { facts, now });
    case "SINK-DOWN": {
      const since = facts.sinkWritesSince(subject.replace(/^sink /, ""));
      const over =
        since === undefined
          ? undefined
          : { at: Math.max(since, lastAt), because: "the sink writes again" };
      return { when: "the sink writes again", over };
    }
    case "HISTORY":
      return {
        when: "the history is recorded again",
        over: facts.isRecording()
          ? { at: now, because: "the history is recorded again" }
          : undefined,
      };
    default:
      return undefined;
  }
}

function ofAdapter(
  code: "ADAPTER-DEVICE" | "ADAPTER-ENDED",
  subject: string,
  { facts, now }: { readonly facts: EndingFacts; readonly now: number },
): Ending {
  const accounts = facts.adapters();
  const isDevice = code === "ADAPTER-DEVICE";
  const account = accounts.find((one) =>
    isDevice ? subject.startsWith(named(one)) : subject === `adapter ${one.adapter}`,
  );
  const when = isDevice ? "the device answers again" : "the adapter runs again";
  if (account?.state === "stopped") return { when, over: { at: account.since, because: STOPPED } };
  const found = isDevice ? devicesOf(accounts).get(subject) : account;
  if (found === undefined) {
    // One that has just been started or renamed may not have asked its devices yet.
    const isGone = account === undefined || account.lacks(subject.slice(named(account).length));
    return { when, over: isGone ? { at: now, because: NOT_CONFIGURED } : undefined };
  }
  const isOver = found.state === "alive" || found.state === "running";
  return { when, over: isOver ? { at: found.since, because: when } : undefined };
}

const STOPPED = "its adapter is stopped";
const NOT_CONFIGURED = "the configuration no longer has it";

const DEVICES = new WeakMap<readonly AdapterAccount[], ReadonlyMap<string, DeviceAccount>>();

/** By what findings call them; there may be thousands, and as many findings. */
function devicesOf(accounts: readonly AdapterAccount[]): ReadonlyMap<string, DeviceAccount> {
  const known = DEVICES.get(accounts);
  if (known !== undefined) return known;
  const found = new Map(
    accounts.flatMap((account) =>
      account.devices.map((one) => [deviceSubject(account, one.deviceId), one] as const),
    ),
  );
  DEVICES.set(accounts, found);
  return found;
}

/** What findings about its devices begin with. */
function named(account: AdapterAccount): string {
  return deviceSubject(account, "");
}

/** As findings name a device of an adapter. */
export function deviceSubject(
  { groupId, edgeNodeId }: Pick<AdapterAccount, "groupId" | "edgeNodeId">,
  deviceId: string,
): string {
  return `device ${groupId}/${edgeNodeId}/${deviceId}`;
}
