"use client";
import { useState, type ReactNode } from "react";
import {
  isTooMuch,
  parseAbout,
  parseLicences,
  type About,
  type HistoryNeed,
  type HubListener,
} from "../lib/about.ts";
import { fingerprint } from "../lib/certificates.ts";
import { formatSpan, formatTime } from "../lib/format.ts";
import { asking, type Polled } from "../lib/poll.ts";
import { formatBytes } from "../lib/settings.ts";
import { texts } from "../lib/texts.ts";
import { Fact } from "./facts.tsx";
import { Icon } from "./icons.tsx";
import { PolledState } from "./page-shell.tsx";
import { Line, Section } from "./section.tsx";
import { pagePoll, usePoll } from "./use-poll.ts";

const { settings: words } = texts;
const ABOUT = pagePoll({ everyMs: 30_000, ask: asking("/api/v1/about", parseAbout) });
const LICENCES = pagePoll({
  everyMs: 3_600_000,
  ask: asking("/api/v1/about/licences", parseLicences),
});

/** What the hub says of itself, to those who may look at how it is doing. */
export function useAbout(mayLook: boolean): Polled<About> {
  return usePoll(ABOUT, mayLook);
}

/** Where the hub listens, and with which certificate: its fingerprint is read aloud over the phone. */
export function Listeners({
  about,
  children,
}: {
  readonly about: Polled<About>;
  readonly children: ReactNode;
}) {
  return (
    <Section title={words.listeners.title} intro={words.listeners.intro}>
      <PolledState polled={about} onRetry={() => void ABOUT.running.get()?.refresh()} />
      {about.kind === "ready" ? (
        <ul>
          {about.value.listeners.map((listener) => (
            <ListenerLine
              key={`${listener.kind} ${listener.address}`}
              listener={listener}
              now={about.at}
            />
          ))}
        </ul>
      ) : null}
      {children}
    </Section>
  );
}

interface ListenerLineProps {
  readonly listener: HubListener;
  /** By the hub's clock. */
  readonly now: number;
}

function ListenerLine({ listener: { kind, address, certificate }, now }: ListenerLineProps) {
  return (
    <Line
      facts={
        certificate === null ? (
          words.listeners.kinds[kind === "psk" || kind === "opcua" ? kind : "plain"]
        ) : (
          <dl className="w-full text-fg">
            <Fact name={words.listeners.subject} value={certificate.subject} />
            <Fact name={words.listeners.issuer} value={certificate.issuer} />
            <div className="py-0.5">
              <Validity validTo={certificate.validTo} now={now} />
            </div>
            <Fact
              name={words.listeners.fingerprint}
              value={fingerprint(certificate.sha256)}
              copy={certificate.sha256}
            />
          </dl>
        )
      }
    >
      {kind} <span className="figures text-xs font-normal text-mute">{address}</span>
    </Line>
  );
}

const SOON_MS = 30 * 86_400_000;

/** Until when a certificate holds; its last thirty days and what comes after are told with a sign. */
export function Validity({ validTo, now }: { readonly validTo: number; readonly now: number }) {
  const left = validTo - now;
  const day = formatTime(validTo).slice(0, 10);
  if (left >= SOON_MS) return words.certificates.until(day);
  const isOver = left < 0;
  return (
    <span className={`flex items-center gap-1.5 ${isOver ? "text-bad" : "text-stale"}`}>
      <Icon name={isOver ? "cross" : "clock"} className="size-3.5 shrink-0" />
      {isOver ? words.certificates.over(day) : words.certificates.soon(day)}
    </span>
  );
}

/** How long values are kept, and the disk that this will take. */
export function HistoryNeedFacts({ need }: { readonly need: HistoryNeed }) {
  const { keepMs, maxBytes, rules, bytesPerDay, neededBytes } = need;
  const kept = keepMs === null ? words.history.forEver : formatSpan(keepMs);
  const most = maxBytes === null ? words.history.halfOfDisk : formatBytes(maxBytes);
  return (
    <>
      <Fact
        name={words.history.keep}
        value={rules === 0 ? kept : words.history.withRules(kept, rules)}
        isFigures={false}
      />
      <Fact name={words.history.most} value={most} isFigures={false} />
      <Fact
        name={words.history.perDay}
        value={bytesPerDay === null ? words.history.notKnown : formatBytes(bytesPerDay)}
        isFigures={bytesPerDay !== null}
      />
      {neededBytes === null ? null : (
        <Fact name={words.history.need} value={formatBytes(neededBytes)} />
      )}
      {isTooMuch(need) ? (
        <p className="flex items-start gap-1.5 py-0.5 text-stale">
          <Icon name="triangle" className="mt-1 size-3 shrink-0" />
          {words.history.tooMuch}
        </p>
      ) : null}
    </>
  );
}

/** What else the hub is made of, when somebody wants to know. */
export function Licences() {
  const [isOpen, setIsOpen] = useState(false);
  const polled = usePoll(LICENCES, isOpen);
  return (
    <details
      className="border-t border-line px-4 py-2.5"
      onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}
    >
      <summary className="cursor-pointer text-accent">{words.about.licences}</summary>
      {isOpen ? (
        <PolledState polled={polled} onRetry={() => void LICENCES.running.get()?.refresh()} />
      ) : null}
      {polled.kind === "ready" ? (
        <ul className="mt-2 grid gap-x-6 text-xs sm:grid-cols-2">
          {polled.value.map(({ name, version, licence, isInPage }) => (
            <li key={`${name} ${version} ${isInPage}`} className="flex justify-between gap-3">
              <span className="min-w-0 wrap-anywhere">
                {name} <span className="figures text-mute">{version}</span>
                {isInPage ? <span className="text-mute"> · {words.about.inPage}</span> : null}
              </span>
              <span className="shrink-0 text-mute">{licence || words.about.unnamed}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <p className="mt-2">
        <a className="text-accent underline" href="/licences.txt" target="_blank" rel="noreferrer">
          {words.about.texts}
        </a>
      </p>
    </details>
  );
}
