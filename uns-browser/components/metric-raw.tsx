"use client";
import { useMemo, useState } from "react";
import { timeIn } from "../lib/chart-times.ts";
import { formatCount } from "../lib/format.ts";
import { asking } from "../lib/poll.ts";
import { parseRaw, type RawMessage } from "../lib/raw.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { CopyButton } from "./copy-button.tsx";
import type { MetricPartProps } from "./metric-head.tsx";
import { PolledState } from "./page-shell.tsx";
import { RawView, type RawViewKey } from "./raw-views.tsx";
import { Tabs } from "./tabs.tsx";
import { pagePoll, usePoll } from "./use-poll.ts";
import { useSignal } from "./use-signal.ts";

const {
  metric: { raw: words },
} = texts;

const VIEWS = (["decoded", "hex", "text", "json", "diff"] as const).map((key) => ({
  key,
  name: words.views[key],
}));

/** The messages of the metric's topic as they came. */
export function MetricRaw({ metric, subject }: MetricPartProps) {
  const state = useSignal(metric.page.details.state);
  const { isUtc } = useSignal(metric.address);
  const topic = state.kind === "ready" ? state.answer.topic : null;
  const own = state.kind === "ready" ? state.answer.metric : subject.row.name;
  if (topic === null) return <div className="skeleton-late h-40 rounded-md bg-panel2" />;
  return <RawMessages key={topic} {...{ topic, isUtc, own }} />;
}

interface RawMessagesProps {
  readonly topic: string;
  readonly isUtc: boolean;
  /** The metric that is looked for in them. */
  readonly own: string;
}

function RawMessages({ topic, isUtc, own }: RawMessagesProps) {
  const [isFollowing, setIsFollowing] = useState(true);
  const poll = useMemo(
    () =>
      pagePoll({
        everyMs: 1000,
        ask: asking(`/api/ns/raw?topic=${encodeURIComponent(topic)}`, parseRaw),
      }),
    [topic],
  );
  const polled = usePoll(poll);
  const [frozen, setFrozen] = useState<readonly RawMessage[] | null>(null);
  const messages = frozen ?? (polled.kind === "ready" ? polled.value : null);
  const follow = (): void => {
    setIsFollowing(!isFollowing);
    setFrozen(isFollowing ? messages : null);
  };
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1 text-mute">{words.intro}</p>
        <button type="button" className="push-button" aria-pressed={isFollowing} onClick={follow}>
          {isFollowing ? texts.pause.replace(/ \(p\)$/, "") : words.live}
        </button>
      </div>
      <p className="flex items-center gap-1">
        <span className="figures min-w-0 text-xs wrap-anywhere">{visibleText(topic).text}</span>
        <CopyButton text={topic} what={texts.details.topic} />
      </p>
      {messages === null ? (
        <PolledState polled={polled} onRetry={() => void poll.running.get()?.refresh()} />
      ) : (
        <Chosen messages={messages} isUtc={isUtc} own={own} />
      )}
    </div>
  );
}

interface ChosenProps {
  /** The newest first. */
  readonly messages: readonly RawMessage[];
  readonly isUtc: boolean;
  readonly own: string;
}

function Chosen({ messages, isUtc, own }: ChosenProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const [view, setView] = useState<RawViewKey>("decoded");
  const found = messages.findIndex(({ receivedAt }) => receivedAt === chosen);
  const at = chosen === null || found < 0 ? 0 : found;
  const message = messages[at];
  if (message === undefined) return <p>{words.none}</p>;
  return (
    <div className="grid gap-4 min-[1000px]:grid-cols-[220px_minmax(0,1fr)]">
      <section aria-label={words.messages}>
        <ol className="raw-list">
          {messages.map((one, place) => (
            <li key={one.receivedAt}>
              <button
                type="button"
                className="menu-item figures px-2! py-1! text-xs"
                aria-pressed={place === at}
                onClick={() => setChosen(place === 0 ? null : one.receivedAt)}
              >
                {one.receivedAt === null ? words.before : timeIn(one.receivedAt, isUtc).slice(11)}
                <span className="ml-auto text-mute">
                  {place === 0 ? words.newest : formatCount(one.size)}
                </span>
              </button>
            </li>
          ))}
        </ol>
      </section>
      <div className="min-w-0">
        <MessageFacts message={message} />
        <div className="mt-2">
          <Tabs label={words.viewList} tabs={VIEWS} current={view} onChoose={setView}>
            <div className="pt-2" data-raw={view}>
              <RawView view={view} message={message} before={messages[at + 1] ?? null} own={own} />
            </div>
          </Tabs>
        </div>
      </div>
    </div>
  );
}

/** What the MQTT packet said besides its payload. */
function MessageFacts({ message }: { readonly message: RawMessage }) {
  const { clientId, qos, isRetained, isWill, size, properties } = message;
  const words5 = properties.map(({ name, value }) => `${name}: ${value}`).join(" · ");
  const facts = [
    `${words.from} ${clientId === null ? words.hub : visibleText(clientId).text}`,
    qos === null ? null : words.qos(qos),
    isRetained ? words.retained : null,
    isWill ? words.will : null,
    words.size(formatCount(size)),
    message.bytes.length < size ? words.cut(formatCount(message.bytes.length)) : null,
  ].filter((fact) => fact !== null);
  return (
    <div className="grid gap-1">
      <p className="flex flex-wrap gap-x-4 gap-y-1">
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
      {properties.length === 0 ? null : (
        <p className="text-mute wrap-anywhere">
          {words.properties}: {visibleText(words5).text}
        </p>
      )}
    </div>
  );
}
