"use client";
import Link from "next/link";
import type { ReactNode } from "react";
import type { About as AboutHub, HistoryNeed } from "../lib/about.ts";
import { formatSpan, formatTime } from "../lib/format.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { asking } from "../lib/poll.ts";
import {
  formatBytes,
  parseBans,
  parseHealth,
  parseVersion,
  VERSION_URL,
  type Certificate,
  type HubFacts,
} from "../lib/settings.ts";
import { texts } from "../lib/texts.ts";
import { Fact } from "./facts.tsx";
import { PolledState } from "./page-shell.tsx";
import { Empty, Line, Section } from "./section.tsx";
import { HistoryNeedFacts, Licences, Listeners, useAbout, Validity } from "./settings-about.tsx";
import { Problem } from "./sheet.tsx";
import { useChange } from "./use-change.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const { settings: words } = texts;
const BANS = pagePoll({ everyMs: 5000, ask: asking("/api/v1/bans", parseBans) });
const HEALTH = pagePoll({ everyMs: 5000, ask: asking("/healthz", parseHealth) });
const VERSION = pagePoll({
  everyMs: 3_600_000,
  ask: asking(VERSION_URL, parseVersion),
});

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
export function HubState({
  mayLook,
  children,
}: {
  /** Whether more is told than how it is doing. */
  readonly mayLook: boolean;
  readonly children: ReactNode;
}) {
  const polled = usePoll(HEALTH);
  const about = useAbout(mayLook);
  const known = about.kind === "ready" ? about.value : null;
  const refresh = (): void => void HEALTH.running.get()?.refresh();
  return (
    <>
      <Section title={words.history.title} intro={words.history.help}>
        <PolledState polled={polled} onRetry={refresh} />
        {polled.kind === "ready" ? (
          <HistoryFacts facts={polled.value} need={known?.history ?? null} />
        ) : null}
      </Section>
      {mayLook ? (
        <Listeners about={about}>
          <OpcUaLink />
        </Listeners>
      ) : (
        <Section title={words.certificates.title}>
          {polled.kind === "ready" ? (
            <Certificates all={polled.value.certificates} now={polled.at} />
          ) : null}
          <OpcUaLink />
        </Section>
      )}
      {children}
      <About facts={polled.kind === "ready" ? polled.value : null} about={known} />
    </>
  );
}

/** Those of OPC UA have a page of their own. */
function OpcUaLink() {
  return (
    <p className="border-t border-line px-4 py-2.5">
      <Link className="text-accent underline" href="/trust/" prefetch={false}>
        {words.certificates.opcua}
      </Link>
    </p>
  );
}

function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className="grid gap-y-0.5 border-t border-line px-4 py-2.5">{children}</dl>;
}

interface HistoryFactsProps {
  readonly facts: HubFacts;
  readonly need: HistoryNeed | null;
}

function HistoryFacts({ facts, need }: HistoryFactsProps) {
  const { isRecording, notRecordingBecause, historyBytes, historySince } = facts;
  return (
    <>
      <p className={`border-t border-line px-4 pt-2.5 ${isRecording ? "" : "text-bad"}`}>
        {isRecording ? words.history.recording : words.history.notRecording}
        {notRecordingBecause === null ? "" : `: ${inOurLanguage(notRecordingBecause)}`}
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
        {need === null ? null : <HistoryNeedFacts need={need} />}
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

interface AboutProps {
  readonly facts: HubFacts | null;
  readonly about: AboutHub | null;
}

function About({ facts, about }: AboutProps) {
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
        {about === null ? null : (
          <Fact
            name={words.about.runsOn}
            value={`Node ${about.node} · SQLite ${about.sqlite} · ${about.platform}`}
          />
        )}
        <Fact name={words.about.licence} value={words.about.licenceName} />
      </Facts>
      <p className="px-4 pb-2.5 text-mute">{words.about.outbound}</p>
      {about === null ? null : <Licences />}
      <p className="border-t border-line px-4 py-2.5">
        <a className="text-accent underline" href="/api/v1/docs" target="_blank" rel="noreferrer">
          {words.about.api}
        </a>
      </p>
    </Section>
  );
}
