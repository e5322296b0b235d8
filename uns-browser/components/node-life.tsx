"use client";
import { useMemo, useState } from "react";
import { timeIn } from "../lib/chart-times.ts";
import { formatCount, formatDateTime } from "../lib/format.ts";
import {
  CLAUSES,
  isNoMessage,
  lifeUrl,
  nodeName,
  parseLife,
  type EventKind,
  type NodeEvent,
  type NodeLife as Life,
} from "../lib/node-life.ts";
import type { Node } from "../lib/nodes.ts";
import { asking } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { HubText } from "./hub-text.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { NodeActions } from "./node-actions.tsx";
import { NodeDevices } from "./node-devices.tsx";
import { NodeStrip, StripLegend } from "./node-strip.tsx";
import { pagePoll, usePoll } from "./use-poll.ts";

const { nodeLife: words } = texts;

/** What an edge node and its devices did, and what can be asked of it; asked of the hub while it is open. */
export function NodeLife({ node }: { readonly node: Node }) {
  const { name } = node;
  const poll = useMemo(
    () => pagePoll({ everyMs: 2000, ask: asking(lifeUrl(nodeName(name)), parseLife) }),
    [name],
  );
  const polled = usePoll(poll);
  if (polled.kind === "asking") return <div className="skeleton-late h-24 rounded-md bg-panel2" />;
  if (polled.kind === "failed") return <p className="text-mute">{polled.because}</p>;
  const { value: life, at } = polled;
  return (
    <section className="grid gap-3" data-life={name}>
      <NodeActions
        node={node}
        life={life}
        now={at}
        onReset={() => void poll.running.get()?.refresh()}
      />
      <Timeline events={life.events} />
      <Strip life={life} />
      <NodeDevices devices={life.devices} now={at} />
    </section>
  );
}

/** The last messages, and how many there were. */
function Strip({ life }: { readonly life: Life }) {
  const { messages, births, lost, bdSeq, seq, countedSince } = life;
  const summary = words.summary(formatCount(messages), formatCount(births), formatCount(lost));
  const since = countedSince === 0 ? words.sinceStart : words.since(formatDateTime(countedSince));
  return (
    <div className="grid gap-1">
      <p className="flex flex-wrap gap-x-5">
        <span data-counters="">
          {summary} {since}
        </span>
        <span className="figures text-xs leading-5 text-mute">
          {words.sequence(
            bdSeq === null ? texts.noValue : String(bdSeq),
            seq === null ? texts.noValue : String(seq),
          )}
        </span>
      </p>
      <NodeStrip
        life={life}
        summary={words.strip(`${summary} ${since}`)}
        className="h-[18px] w-full max-w-[768px]"
      />
      <StripLegend />
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
          <EventLine
            key={`${event.message} ${event.kind} ${event.device ?? ""} ${event.at}`}
            event={event}
          />
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

const ICONS: Partial<Record<EventKind, IconName>> = {
  birth: "disc",
  death: "power",
  rebirth: "send",
  reset: "dashes",
  marked: "clock",
};

function EventLine({ event: { kind, at, what, device, count } }: { readonly event: NodeEvent }) {
  const isTrouble = kind !== "birth" && kind !== "death" && !isNoMessage(kind);
  const clause = CLAUSES[kind];
  return (
    <li className="event-line" data-event={kind}>
      <Icon
        name={ICONS[kind] ?? "cross"}
        className={`mt-0.5 size-3.5 ${isTrouble ? "text-bad" : "text-mute"}`}
      />
      <time className="figures text-xs leading-5 text-mute">{timeIn(at, false)}</time>
      <span className="min-w-0 wrap-anywhere">
        <span className={isTrouble ? "text-bad" : "font-medium"}>{words.kinds[kind]}</span>
        {device === null ? null : ` ${visibleText(device).text}`}
        {": "}
        <HubText text={what} />
        {count > 1 ? (
          <span className="figures ml-2 text-xs text-mute">
            {texts.diag.times(formatCount(count))}
          </span>
        ) : null}
      </span>
      {clause === undefined ? null : (
        <span className="figures text-xs leading-5 wrap-anywhere text-mute">{clause}</span>
      )}
    </li>
  );
}
