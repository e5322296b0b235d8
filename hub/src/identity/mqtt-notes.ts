/** What the gate of MQTT writes on the audit trail, and whose sessions are whose. */
import type { ConnectingClient, TlsProof } from "../broker/index.ts";
import type { AuditEntry } from "./audit.ts";
import { shownCertificate } from "./client-certificate.ts";
import type { Principal } from "./principal.ts";

/** Who a client turned out to be. */
export type Somebody = Principal | "anonymous" | "hub";

/** One metric of a command. */
export interface CommandedMetric {
  readonly name: string;
  readonly value: string;
  /** What it was when the command came, if that is known. */
  readonly before?: string | undefined;
}

/** A command that goes out. */
export function commandEntry(
  { address }: ConnectingClient,
  principal: Somebody,
  {
    topic,
    metrics,
  }: { readonly topic: string; readonly metrics: readonly CommandedMetric[] | undefined },
): AuditEntry {
  return {
    actor: actorOf(principal),
    via: "mqtt",
    address,
    action: "command",
    object: topic,
    ...(metrics === undefined
      ? { after: "a payload that cannot be read" }
      : {
          before: valuesOf(metrics, ({ before }) => before),
          after: valuesOf(metrics, ({ value }) => value),
        }),
    result: "asked",
  };
}

/** Sessions belong to a principal: nobody else takes them over by their client identifier. */
export function ownerOf(principal: Somebody): string {
  return typeof principal === "object" ? principal.id : principal === "hub" ? "hub" : "";
}

export function actorOf(principal: Somebody | undefined): string {
  return typeof principal === "object" ? principal.id : (principal ?? "nobody");
}

/** Somebody who was not recognised, by what the handshake has shown. */
export function unproved(proof: TlsProof | undefined): string {
  if (proof === undefined) return "anonymous";
  return proof.kind === "psk" ? `psk:${proof.name}` : shownCertificate(proof.certificate);
}

/** What a line of the trail holds of a command: names and values, as many as fit. */
const MOST_NOTED = 50;

function valuesOf(
  metrics: readonly CommandedMetric[],
  of: (metric: CommandedMetric) => string | undefined,
): Readonly<Record<string, string>> {
  const some = metrics.slice(0, MOST_NOTED).map((metric) => [metric.name, of(metric) ?? "unknown"]);
  const more = metrics.length - some.length;
  return Object.fromEntries(more > 0 ? [...some, ["…", `${more} more`]] : some);
}
