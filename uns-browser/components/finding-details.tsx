"use client";
import Link from "next/link";
import { diagnosticsTexts as words } from "../lib/diagnostics-texts.ts";
import { clientHref, isOfClient, pathOfTopic, type Finding } from "../lib/findings.ts";
import { formatDateTime } from "../lib/format.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { texts } from "../lib/texts.ts";
import { CopyButton } from "./copy-button.tsx";
import { Explain } from "./explain.tsx";
import { Fact } from "./facts.tsx";
import { FindingMessage } from "./finding-message.tsx";
import type { RowWorld } from "./finding-world.ts";
import { FindingState } from "./finding-state.tsx";
import { HubText } from "./hub-text.tsx";

interface FindingDetailsProps {
  readonly finding: Finding;
  readonly world: Pick<RowWorld, "acts" | "mayAnswer">;
  /** Its explanation is asked for at once. */
  readonly isExplained: boolean;
}

/** An opened finding: the sentence, what to do, what became of it, the rule and the proof, the message, where to go on. */
export function FindingDetails({ finding, world, isExplained }: FindingDetailsProps) {
  return (
    <div data-details="" className="grid max-w-[860px] gap-3 px-4 pt-1 pb-4 sm:pl-10">
      <p className="wrap-anywhere">
        <HubText text={finding.because} isSentence />
      </p>
      <p className="wrap-anywhere">
        <span className="font-medium">{words.next}</span> <HubText text={finding.advice} />
      </p>
      <FindingState finding={finding} {...world} />
      <Proof finding={finding} />
      {finding.head === "" ? null : <FindingMessage key={finding.key} finding={finding} />}
      <Next finding={finding} isExplained={isExplained} />
    </div>
  );
}

function Proof({ finding }: { readonly finding: Finding }) {
  const { ids, clientId, address, topic, firstAt, lastAt, head } = finding;
  return (
    <dl>
      <Fact name={words.rule} value={finding.code} />
      {ids.length === 0 ? null : <Fact name={words.statements} value={ids.join(", ")} />}
      {isOfClient(finding) ? (
        <>
          <Fact name={words.client} value={clientId} copy={clientId} />
          <Fact name={words.address} value={inOurLanguage(address)} />
        </>
      ) : null}
      {topic === "" ? null : <Fact name={words.topic} value={topic} copy={topic} />}
      <Fact name={words.firstFact} value={formatDateTime(firstAt)} />
      <Fact name={words.lastFact} value={formatDateTime(lastAt)} />
      {head === "" ? null : <Fact name={words.head} value={head} copy={head} />}
    </dl>
  );
}

/** Where to go on: the plant, the client, a ticket, the explanation. */
function Next({ finding, isExplained }: Pick<FindingDetailsProps, "finding" | "isExplained">) {
  const path = pathOfTopic(finding.topic);
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-3">
        {path === null ? null : (
          <Link className="text-accent underline" href={`/ns/?p=${path}`} prefetch={false}>
            {texts.commands.show}
          </Link>
        )}
        {!isOfClient(finding) ? null : (
          <Link className="text-accent underline" href={clientHref(finding)} prefetch={false}>
            {words.showClient}
          </Link>
        )}
        <span className="flex items-center gap-1 text-mute">
          <CopyButton text={finding.evidence} what={words.evidence} />
          {texts.copy(words.evidence)}
        </span>
      </div>
      {path === null ? null : (
        <Explain key={String(isExplained)} path={path} asksAtOnce={isExplained} />
      )}
    </div>
  );
}
