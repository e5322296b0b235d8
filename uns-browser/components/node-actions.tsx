"use client";
import { useState } from "react";
import { formatMs } from "../lib/command-words.ts";
import { formatSpan } from "../lib/format.ts";
import { inOurLanguage } from "../lib/hub-words.ts";
import { asSentence, askHub, sentenceOf } from "../lib/hub-request.ts";
import {
  birthAfter,
  countersUrl,
  nodeEvidence,
  nodeName,
  type NodeLife,
} from "../lib/node-life.ts";
import type { Node } from "../lib/nodes.ts";
import { nodesTexts } from "../lib/nodes-texts.ts";
import { askForBirths, type RebirthOutcome } from "../lib/rebirths.ts";
import { mayIn } from "../lib/session.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { saveFile, sendToHub } from "./browser-world.ts";
import { copyText } from "./copy-text.ts";
import { Icon } from "./icons.tsx";
import { SureButton } from "./sure-button.tsx";
import { runningAccount, useSession } from "./use-account.ts";
import { useSignal } from "./use-signal.ts";

const { nodeLife: words } = texts;

interface NodeActionsProps {
  readonly node: Node;
  readonly life: NodeLife;
  /** The hub's time. */
  readonly now: number;
  readonly onReset: () => void;
}

/** A rebirth and counting anew, done when that is confirmed; and everything for the vendor's ticket. */
export function NodeActions({ node, life, now, onReset }: NodeActionsProps) {
  const session = useSession(useSignal(runningAccount));
  /** When it was asked for its births, by the hub's clock; a sentence, when that was not done. */
  const [asked, setAsked] = useState<number | string | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const name = visibleText(node.name).text;
  const ask = async (): Promise<void> =>
    setAsked(askedText(await askForBirths(sendToHub, node.name)));
  const copy = async (): Promise<void> => {
    const isCopied = await copyText(await evidenceOf(node, now));
    setSaid(isCopied ? nodesTexts.copiedEvidence : texts.notCopied);
  };
  const reset = async (): Promise<void> => {
    const answer = await askHub(sendToHub, "DELETE", countersUrl(nodeName(node.name)));
    setSaid(answer.kind === "done" ? words.wasReset : sentenceOf(answer));
    onReset();
  };
  const mayReset = session !== null && mayIn(session, "end clients");
  return (
    <div className="grid gap-1.5">
      <div className="flex flex-wrap items-center gap-2">
        <SureButton
          label={words.rebirth}
          question={words.ask(name)}
          meaning={[words.meaning, lastAsked(node, now)]}
          confirm={words.confirm}
          because={null}
          onSure={() => void ask()}
        />
        <SureButton
          label={words.reset}
          question={words.askReset(name)}
          meaning={[words.resetMeaning]}
          confirm={words.confirmReset}
          because={mayReset ? null : words.mayNotReset}
          onSure={() => void reset()}
        />
        <button type="button" className="push-button" onClick={() => void copy()}>
          <span className="flex items-center gap-1.5">
            <Icon name="copy" className="size-3.5" />
            {nodesTexts.copyEvidence}
          </span>
        </button>
        <button type="button" className="push-button" onClick={() => void saveEvidence(node, now)}>
          <span className="flex items-center gap-1.5">
            <Icon name="download" className="size-3.5" />
            {words.evidence}
          </span>
        </button>
      </div>
      <output>{said ?? (typeof asked === "number" ? sinceAsked(life, asked, now) : asked)}</output>
    </div>
  );
}

/** So long an edge node may take to be born again. */
const ANSWERS_WITHIN_MS = 10_000;

function sinceAsked(life: NodeLife, asked: number, now: number): string {
  const bornAt = birthAfter(life, asked);
  if (bornAt !== null) return words.bornAgain(formatMs(bornAt - asked));
  return now - asked > ANSWERS_WITHIN_MS ? words.noBirth : words.outcomes.asked;
}

function lastAsked({ counted }: Node, now: number): string {
  const last = counted?.lastRebirth ?? null;
  if (last === null) return words.neverAsked;
  const { at, by, cause } = last;
  const span = texts.diag.ago(formatSpan(Math.max(0, now - at)));
  const why = cause === null ? null : inOurLanguage(cause);
  return words.lastAsked(span, by === null ? words.thisHub : visibleText(by).text, why);
}

/** When, by the hub's clock; or why not. */
function askedText(outcome: RebirthOutcome): number | string {
  if (outcome.kind === "asked") return outcome.at;
  return outcome.kind === "failed" ? asSentence(outcome.because) : words.outcomes[outcome.kind];
}

async function evidenceOf(node: Node, now: number): Promise<string> {
  const devices = node.births.flatMap(({ device }) => (device === null ? [] : [device]));
  const build = process.env["UNSHUB_BUILD"] ?? "development";
  return await nodeEvidence(sendToHub, node.name, { devices, node, build, now });
}

async function saveEvidence(node: Node, now: number): Promise<void> {
  const file = `evidence-${node.name.replaceAll(/[^\w.-]+/g, "_")}.json`;
  saveFile(new Blob([await evidenceOf(node, now)], { type: "application/json" }), file);
}
