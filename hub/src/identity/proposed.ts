/** What the trail says of a command that an assistant proposed: enough to prove its receipt when nothing else is left. */
export interface ProposedOnTrail {
  /** Of the proposal. */
  readonly id: number;
  /** SHA-256, in hex. */
  readonly receipt: string;
  /** Milliseconds since 1970 UTC, as they are in the receipt. */
  readonly askedAt: number;
  readonly reason: string | undefined;
}

const PROPOSED =
  /^(?:(?<reason>.*); )?(?<proof>receipt (?<receipt>[0-9a-f]{64}) of proposal (?<id>\d{1,15}) at (?<at>[-:.\dT]{23}Z))(?:; |$)/s;

/** As it stands in the reason of a line, behind what the person said. */
export function proofOf({ id, receipt, askedAt }: Omit<ProposedOnTrail, "reason">): string {
  return `receipt ${receipt} of proposal ${id} at ${new Date(askedAt).toISOString()}`;
}

/** `undefined`: the line is of no such command. `reason`: of a line with `via: "mcp"`. */
export function proposedIn(
  reason: string,
): (ProposedOnTrail & { readonly proof: string }) | undefined {
  const found = PROPOSED.exec(reason)?.groups;
  if (found === undefined) return undefined;
  const { receipt = "", proof = "" } = found;
  return {
    id: Number(found["id"]),
    receipt,
    proof,
    askedAt: Date.parse(found["at"] ?? ""),
    reason: found["reason"],
  };
}
