"use client";
import Link from "next/link";
import { pathOfTopic, type Finding } from "../lib/findings.ts";
import { formatCount, formatDateTime, formatSpan } from "../lib/format.ts";
import { asSentence } from "../lib/hub-request.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { CopyButton } from "./copy-button.tsx";
import { Explain } from "./explain.tsx";
import { Fact } from "./facts.tsx";
import { Icon, type IconName } from "./icons.tsx";

const { diag: words } = texts;

const SIGNS: Readonly<Record<Finding["level"], readonly [icon: IconName, colour: string]>> = {
  reject: ["cross", "text-bad"],
  warn: ["triangle", "text-stale"],
  observe: ["help", "text-mute"],
  off: ["dashes", "text-mute"],
};

/** One rule and one client in a line; open, the sentence, what to do, and the proof. `now`: the hub's time. */
export function FindingRow({ finding, now }: { readonly finding: Finding; readonly now: number }) {
  const [icon, colour] = SIGNS[finding.level];
  return (
    <details className="group" data-finding={finding.code}>
      <summary className="finding-line">
        <Icon name="chevron" className="size-3.5 text-mute group-open:rotate-90" />
        <span className={`flex items-center gap-1.5 text-xs ${colour}`}>
          <Icon name={icon} className="size-3.5" />
          {words.levels[finding.level]}
        </span>
        <span className="min-w-0 truncate font-medium first-letter:uppercase">{finding.title}</span>
        <span className="min-w-0 truncate text-mute">{visibleText(finding.subject).text}</span>
        <span className="figures text-right text-xs">
          {words.times(formatCount(finding.count))}
        </span>
        <span className="figures text-right text-xs text-mute">
          {words.ago(formatSpan(Math.max(0, now - finding.lastAt)))}
        </span>
      </summary>
      <div className="grid max-w-[760px] gap-3 px-4 pt-1 pb-4 sm:pl-10">
        <p className="wrap-anywhere">{asSentence(visibleText(finding.because).text)}</p>
        <p className="wrap-anywhere">
          <span className="font-medium">{words.next}:</span> {finding.advice}
        </p>
        <Proof finding={finding} />
        <Next finding={finding} />
      </div>
    </details>
  );
}

function Proof({ finding }: { readonly finding: Finding }) {
  const { ids, clientId, address, topic, firstAt, lastAt, head } = finding;
  return (
    <dl>
      <Fact name={words.rule} value={finding.code} />
      {ids.length === 0 ? null : <Fact name={words.statements} value={ids.join(", ")} />}
      <Fact name={words.client} value={clientId} copy={clientId} />
      <Fact name={words.address} value={address} />
      <Fact name={words.topic} value={topic} copy={topic} />
      <Fact name={words.first} value={formatDateTime(firstAt)} />
      <Fact name={words.last} value={formatDateTime(lastAt)} />
      {head === "" ? null : <Fact name={words.head} value={head} copy={head} />}
    </dl>
  );
}

/** Where to go on: the plant, the explanation, a ticket. */
function Next({ finding }: { readonly finding: Finding }) {
  const path = pathOfTopic(finding.topic);
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-3">
        {path === null ? null : (
          <Link className="text-accent underline" href={`/ns/?p=${path}`} prefetch={false}>
            {texts.commands.show}
          </Link>
        )}
        <span className="flex items-center gap-1 text-mute">
          <CopyButton text={finding.evidence} what={words.evidence} />
          {texts.copy(words.evidence)}
        </span>
      </div>
      {path === null ? null : <Explain path={path} />}
    </div>
  );
}
