"use client";
import { useId, useMemo, useRef, useState } from "react";
import { timeIn } from "../lib/chart-times.ts";
import { formatCount } from "../lib/format.ts";
import { asSentence, askHub, isRecord, sentenceOf } from "../lib/hub-request.ts";
import {
  lifeUrl,
  nodeEvidence,
  nodeName,
  parseLife,
  rebirthUrl,
  stripOf,
  type NodeEvent,
  type NodeLife as Life,
} from "../lib/node-life.ts";
import type { Node } from "../lib/nodes.ts";
import { asking } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { sendToHub } from "./browser-world.ts";
import { Icon } from "./icons.tsx";
import { pagePoll, usePoll } from "./use-poll.ts";

const { nodeLife: words } = texts;

/** What an edge node did since the hub started, and how to ask it for its births; asked while it is open. */
export function NodeLife({ node }: { readonly node: Node }) {
  const { name } = node;
  const poll = useMemo(
    () => pagePoll({ everyMs: 2000, ask: asking(lifeUrl(nodeName(name)), parseLife) }),
    [name],
  );
  const polled = usePoll(poll);
  if (polled.kind === "asking") return <div className="skeleton-late h-24 rounded-md bg-panel2" />;
  if (polled.kind === "failed") return <p className="text-mute">{polled.because}</p>;
  return (
    <section className="grid gap-3" data-life={name}>
      <Strip life={polled.value} />
      <Timeline events={polled.value.events} />
      <Actions node={node} />
    </section>
  );
}

const COLOURS = {
  none: "var(--panel2)",
  fine: "var(--edge)",
  birth: "var(--accent)",
  death: "var(--off)",
  trouble: "var(--bad)",
} as const;
const HEIGHTS = { none: 6, fine: 10, birth: 18, death: 18, trouble: 18 } as const;

/** The last messages side by side: what was in order is low, what was not stands out. */
function Strip({ life }: { readonly life: Life }) {
  const cells = stripOf(life);
  const { messages, births, lost, bdSeq, seq } = life;
  const summary = words.summary(formatCount(messages), formatCount(births), formatCount(lost));
  return (
    <div className="grid gap-1">
      <p className="flex flex-wrap gap-x-5">
        <span>{summary}</span>
        <span className="figures text-xs leading-5 text-mute">
          {words.sequence(
            bdSeq === null ? texts.noValue : String(bdSeq),
            seq === null ? texts.noValue : String(seq),
          )}
        </span>
      </p>
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- the picture is drawn here */}
      <svg
        viewBox="0 0 768 20"
        className="h-5 w-full max-w-[768px]"
        role="img"
        aria-label={words.strip(summary)}
      >
        {cells.map((cell, at) => (
          <rect
            // oxlint-disable-next-line react/no-array-index-key -- a message is its place
            key={at}
            x={at * 6}
            y={20 - HEIGHTS[cell]}
            width={5}
            height={HEIGHTS[cell]}
            fill={COLOURS[cell]}
          />
        ))}
      </svg>
      <p className="flex flex-wrap gap-x-4 text-xs text-mute">
        {(["birth", "death", "trouble"] as const).map((kind) => (
          <span key={kind} className="flex items-center gap-1.5">
            <svg viewBox="0 0 5 12" className="h-3 w-[5px]" aria-hidden="true">
              <rect width={5} height={12} fill={COLOURS[kind]} />
            </svg>
            {words.legend[kind]}
          </span>
        ))}
      </p>
    </div>
  );
}

/** So many events are shown at first. */
const FIRST = 12;

function Timeline({ events }: { readonly events: readonly NodeEvent[] }) {
  const [isWhole, setIsWhole] = useState(false);
  const newest = events.toReversed();
  const shown = isWhole ? newest : newest.slice(0, FIRST);
  return (
    <div>
      <h4 className="text-xs font-semibold text-mute">{words.happened}</h4>
      {events.length === 0 ? <p className="mt-1 text-mute">{words.nothing}</p> : null}
      <ol className="mt-1 grid gap-0.5">
        {shown.map((event) => (
          <EventLine key={`${event.message} ${event.kind} ${event.device ?? ""}`} event={event} />
        ))}
      </ol>
      {newest.length > shown.length ? (
        <button type="button" className="push-button mt-2" onClick={() => setIsWhole(true)}>
          {words.more(newest.length - shown.length)}
        </button>
      ) : null}
    </div>
  );
}

function EventLine({ event: { kind, at, what, device, count } }: { readonly event: NodeEvent }) {
  const isTrouble = kind !== "birth" && kind !== "death";
  const icon = kind === "birth" ? "disc" : kind === "death" ? "power" : "cross";
  return (
    <li
      className="grid grid-cols-[16px_180px_minmax(0,1fr)] gap-x-2 max-[699px]:grid-cols-[16px_minmax(0,1fr)]"
      data-event={kind}
    >
      <Icon name={icon} className={`mt-0.5 size-3.5 ${isTrouble ? "text-bad" : "text-mute"}`} />
      <time className="figures text-xs leading-5 text-mute">{timeIn(at, false)}</time>
      <span className="min-w-0 wrap-anywhere max-[699px]:col-start-2">
        <span className={isTrouble ? "text-bad" : "font-medium"}>{words.kinds[kind]}</span>
        {device === null ? null : ` ${visibleText(device).text}`}
        {": "}
        {visibleText(what).text}
        {count > 1 ? (
          <span className="figures ml-2 text-xs text-mute">
            {texts.diag.times(formatCount(count))}
          </span>
        ) : null}
      </span>
    </li>
  );
}

/** A rebirth, asked for when that is confirmed; and everything for the vendor's ticket. */
function Actions({ node }: { readonly node: Node }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [said, setSaid] = useState<string | null>(null);
  const ask = async (): Promise<void> => {
    dialog.current?.close();
    const answer = await askHub(sendToHub, "POST", rebirthUrl(nodeName(node.name)));
    if (answer.kind !== "done") return setSaid(sentenceOf(answer));
    const outcome = isRecord(answer.value) ? answer.value["outcome"] : null;
    const known = (["asked", "held", "offline"] as const).find((one) => one === outcome);
    setSaid(known === undefined ? asSentence(texts.notUnderstood) : words.outcomes[known]);
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      <button type="button" className="push-button" onClick={() => dialog.current?.showModal()}>
        {words.rebirth}
      </button>
      <button type="button" className="push-button" onClick={() => void saveEvidence(node)}>
        <span className="flex items-center gap-1.5">
          <Icon name="download" className="size-3.5" />
          {words.evidence}
        </span>
      </button>
      <output>{said}</output>
      <dialog ref={dialog} aria-labelledby={id} className="sheet w-[min(520px,calc(100vw-32px))]">
        <h3 id={id} className="text-[15px] font-semibold wrap-anywhere">
          {words.ask(visibleText(node.name).text)}
        </h3>
        <p className="mt-2">{words.meaning}</p>
        <div className="mt-4 flex flex-wrap justify-end gap-2">
          <form method="dialog">
            <button type="submit" className="push-button">
              {texts.clients.cancel}
            </button>
          </form>
          <button type="button" className="push-button" onClick={() => void ask()}>
            {words.confirm}
          </button>
        </div>
      </dialog>
    </div>
  );
}

async function saveEvidence(node: Node): Promise<void> {
  const devices = node.births.flatMap(({ device }) => (device === null ? [] : [device]));
  const build = process.env["UNSHUB_BUILD"] ?? "development";
  const text = await nodeEvidence(sendToHub, node.name, { devices, node, build });
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `evidence-${node.name.replaceAll(/[^\w.-]+/g, "_")}.json`;
  link.click();
  URL.revokeObjectURL(url);
}
