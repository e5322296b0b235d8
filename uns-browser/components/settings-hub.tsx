"use client";
import Link from "next/link";
import type { ReactNode } from "react";
import { formatSpan, formatTime } from "../lib/format.ts";
import { asking } from "../lib/poll.ts";
import {
  formatBytes,
  parseBans,
  parseHealth,
  parseVersion,
  type Certificate,
  type HubFacts,
} from "../lib/settings.ts";
import { texts } from "../lib/texts.ts";
import { Fact } from "./facts.tsx";
import { PolledState } from "./page-shell.tsx";
import { Empty, Line, Section } from "./section.tsx";
import { Problem } from "./sheet.tsx";
import { useChange } from "./use-change.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const { settings: words } = texts;
const BANS = pagePoll({ everyMs: 5000, ask: asking("/api/v1/bans", parseBans) });
const HEALTH = pagePoll({ everyMs: 5000, ask: asking("/healthz", parseHealth) });
const VERSION = pagePoll({
  everyMs: 3_600_000,
  ask: asking("/api/v1/openapi.json", parseVersion),
});
const SOON_MS = 30 * 86_400_000;

/** Addresses that must wait after failed logins. */
export function Bans() {
  const polled = usePoll(BANS);
  const change = useChange();
  const refresh = (): void => void BANS.running.get()?.refresh();
  const bans = polled.kind === "ready" ? polled.value : [];
  const pardon = async (address: string, name: string | null): Promise<void> => {
    const query = name === null ? "" : `?name=${encodeURIComponent(name)}`;
    await change.run("DELETE", `/api/v1/bans/${encodeURIComponent(address)}${query}`);
    refresh();
  };
  return (
    <Section title={words.bans.title} intro={words.bans.intro}>
      <PolledState polled={polled} onRetry={refresh} />
      <Problem change={change} />
      {polled.kind === "ready" && bans.length === 0 ? <Empty>{words.bans.none}</Empty> : null}
      <ul>
        {bans.map(({ address, name, failures, until }) => (
          <Line
            key={`${address} ${name}`}
            facts={words.bans.until(formatTime(until))}
            buttons={
              <button
                type="button"
                className="push-button"
                aria-label={words.bans.pardonOf(address)}
                onClick={() => void pardon(address, name)}
              >
                {words.bans.pardon}
              </button>
            }
          >
            {words.bans.entry(address, name, failures)}
          </Line>
        ))}
      </ul>
    </Section>
  );
}

/** What the hub keeps, the certificates that it shows, and what it is. `children` stand before the last part. */
export function HubState({ children }: { readonly children: ReactNode }) {
  const polled = usePoll(HEALTH);
  const refresh = (): void => void HEALTH.running.get()?.refresh();
  return (
    <>
      <Section title={words.history.title} intro={words.history.help}>
        <PolledState polled={polled} onRetry={refresh} />
        {polled.kind === "ready" ? <HistoryFacts facts={polled.value} /> : null}
      </Section>
      <Section title={words.certificates.title}>
        {polled.kind === "ready" ? (
          <Certificates all={polled.value.certificates} now={polled.at} />
        ) : null}
        <p className="border-t border-line px-4 py-2.5">
          <Link className="text-accent underline" href="/trust/" prefetch={false}>
            {words.certificates.opcua}
          </Link>
        </p>
      </Section>
      {children}
      <About facts={polled.kind === "ready" ? polled.value : null} />
    </>
  );
}

function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className="grid gap-y-0.5 border-t border-line px-4 py-2.5">{children}</dl>;
}

function HistoryFacts({ facts }: { readonly facts: HubFacts }) {
  const { isRecording, notRecordingBecause, historyBytes, historySince } = facts;
  return (
    <>
      <p className={`border-t border-line px-4 pt-2.5 ${isRecording ? "" : "text-bad"}`}>
        {isRecording ? words.history.recording : words.history.notRecording}
        {notRecordingBecause === null ? "" : `: ${notRecordingBecause}`}
      </p>
      <dl className="grid gap-y-0.5 px-4 py-2.5">
        {historyBytes === null ? null : (
          <Fact name={words.history.size} value={formatBytes(historyBytes)} />
        )}
        {historySince === null ? null : (
          <Fact name={words.history.since} value={formatTime(historySince)} />
        )}
        {facts.freeDiskBytes === null ? null : (
          <Fact name={words.history.free} value={formatBytes(facts.freeDiskBytes)} />
        )}
        <Fact name={words.history.durability} value={facts.durability} />
      </dl>
    </>
  );
}

function Certificates({
  all,
  now,
}: {
  readonly all: readonly Certificate[];
  readonly now: number;
}) {
  if (all.length === 0) return <Empty>{words.certificates.none}</Empty>;
  return (
    <ul>
      {all.map(({ listener, validTo }) => (
        <Line key={listener} facts={<Validity validTo={validTo} now={now} />}>
          {listener}
        </Line>
      ))}
    </ul>
  );
}

function Validity({ validTo, now }: { readonly validTo: number; readonly now: number }) {
  const left = validTo - now;
  const day = formatTime(validTo).slice(0, 10);
  if (left < 0) return <span className="text-bad">{words.certificates.over(day)}</span>;
  if (left < SOON_MS) return <span className="text-stale">{words.certificates.soon(day)}</span>;
  return words.certificates.until(day);
}

function About({ facts }: { readonly facts: HubFacts | null }) {
  const version = usePoll(VERSION);
  return (
    <Section title={words.about.title}>
      <Facts>
        {version.kind === "ready" ? (
          <Fact name={words.about.version} value={version.value} />
        ) : null}
        {facts === null ? null : (
          <Fact
            name={words.about.uptime}
            value={formatSpan(facts.uptimeSeconds * 1000)}
            isFigures={false}
          />
        )}
        <Fact name={words.about.licence} value={words.about.licenceName} />
      </Facts>
      <p className="px-4 pb-2.5 text-mute">{words.about.outbound}</p>
      <p className="border-t border-line px-4 py-2.5">
        <a className="text-accent underline" href="/api/v1/docs" target="_blank" rel="noreferrer">
          {words.about.api}
        </a>
      </p>
    </Section>
  );
}
