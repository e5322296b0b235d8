"use client";
import type { ReactNode } from "react";
import type { ClientDetails, ClientEvent, ClientProof } from "../lib/client-details.ts";
import { fingerprint } from "../lib/certificates.ts";
import { formatDateTime, formatTime } from "../lib/format.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { EndCode } from "./client-cells.tsx";
import { Fact } from "./facts.tsx";
import { Icon, type IconName } from "./icons.tsx";

const { clients: words } = texts;

/** A headed part of what is told of a client. */
export function ClientPart({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <section aria-label={title} className="min-w-0">
      <h3 className="mb-1 text-xs font-semibold text-mute">{title}</h3>
      {children}
    </section>
  );
}

export function ClientSubscriptions({ list }: { readonly list: ClientDetails["subscriptions"] }) {
  return (
    <ClientPart title={words.facts.subscriptions}>
      {list.length === 0 ? <p className="text-mute">{words.noSubscriptions}</p> : null}
      <ul className="figures grid gap-0.5 text-xs">
        {list.map(({ filter, qos, options }) => (
          <li key={filter} className="wrap-anywhere">
            {visibleText(filter).text}{" "}
            <span className="text-mute">
              {[words.qos(qos), ...optionTexts(options)].join(" · ")}
            </span>
          </li>
        ))}
      </ul>
    </ClientPart>
  );
}

/** What a subscription asks for besides what most do. */
function optionTexts(
  options: ClientDetails["subscriptions"][number]["options"],
): readonly string[] {
  if (options === null) return [];
  const { noLocal, retainAsPublished, retainHandling, identifier } = options;
  return [
    noLocal ? words.options.noLocal : "",
    retainAsPublished ? words.options.retainAsPublished : "",
    retainHandling === 1 ? words.options.retainedWhenNew : "",
    retainHandling === 2 ? words.options.noRetained : "",
    identifier > 0 ? words.options.identifier(identifier) : "",
  ].filter((text) => text !== "");
}

interface ClientProofFactsProps {
  readonly proof: ClientProof | null;
  /** By the hub's clock. */
  readonly now: number;
}

/** What a client has shown in its TLS handshake. */
export function ClientProofFacts({ proof, now }: ClientProofFactsProps) {
  if (proof === null) {
    return (
      <ClientPart title={words.proof.title}>
        <p className="text-mute">{words.proof.none}</p>
      </ClientPart>
    );
  }
  if (proof.kind === "psk") {
    return (
      <ClientPart title={words.proof.title}>
        <dl>
          <Fact name={words.proof.key} value={proof.name} />
        </dl>
      </ClientPart>
    );
  }
  const { subject, issuer, sha256, validTo } = proof;
  return (
    <ClientPart title={words.proof.title}>
      <dl className={validTo < now ? "text-bad" : ""}>
        <Fact name={words.proof.subject} value={subject} />
        <Fact name={words.proof.issuer} value={issuer} />
        <Fact name={words.proof.until} value={formatTime(validTo)} />
        <Fact name={words.proof.fingerprint} value={fingerprint(sha256)} copy={sha256} />
      </dl>
    </ClientPart>
  );
}

const SIGNS: Readonly<Record<ClientEvent["kind"], readonly [icon: IconName, colour: string]>> = {
  connected: ["disc", "text-mute"],
  ended: ["power", "text-mute"],
  refused: ["cross", "text-bad"],
};

/** What happened to a client since the hub started. */
export function ClientLife({ events }: { readonly events: readonly ClientEvent[] }) {
  return (
    <ClientPart title={words.events.title}>
      {events.length === 0 ? <p className="text-mute">{words.events.none}</p> : null}
      <ul className="grid gap-1">
        {events.map((event, place) => {
          const [icon, colour] = SIGNS[event.kind];
          return (
            // oxlint-disable-next-line react/no-array-index-key -- two may be of the same instant
            <li key={`${event.at} ${place}`} className="event-line" data-event={event.kind}>
              <Icon name={icon} className={`mt-0.5 size-3.5 ${colour}`} />
              <time className="figures text-xs leading-[19px] text-mute">
                {formatDateTime(event.at)}
              </time>
              <span className="wrap-anywhere">
                {eventText(event)}{" "}
                {event.kind === "connected" ? null : <EndCode code={event.reasonCode} />}
              </span>
            </li>
          );
        })}
      </ul>
    </ClientPart>
  );
}

function eventText(event: ClientEvent): string {
  const address = inOurLanguage(event.address);
  if (event.kind === "connected")
    return words.events.connected(address, event.protocol, event.isResumed);
  const because = visibleText(inOurLanguage(event.because)).text;
  return event.kind === "ended"
    ? words.events.ended(because)
    : words.events.refused(address, because);
}
