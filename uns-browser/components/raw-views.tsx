"use client";
import { formatCount } from "../lib/format.ts";
import {
  differencesOf,
  hexLines,
  jsonIn,
  labelOf,
  textIn,
  type RawDecoded,
  type RawMessage,
  type RawMetric,
} from "../lib/raw.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";

const {
  metric: { raw: words },
} = texts;

export type RawViewKey = keyof typeof words.views;

interface RawViewProps {
  readonly view: RawViewKey;
  readonly message: RawMessage;
  readonly before: RawMessage | null;
  /** The metric that is looked for. */
  readonly own: string;
}

/** One message, seen in one way. */
export function RawView({ view, message, before, own }: RawViewProps) {
  switch (view) {
    case "decoded":
      return <Decoded message={message} own={own} />;
    case "hex":
      return <Hex message={message} before={before} />;
    case "text":
      return <Pre text={textIn(message.bytes)} />;
    case "json": {
      const json = jsonIn(message.bytes);
      return json === null ? <p className="text-mute">{words.noJson}</p> : <Pre text={json} />;
    }
    case "diff":
      return <Difference message={message} before={before} />;
  }
}

function Pre({ text }: { readonly text: string }) {
  return (
    <pre
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and keys must reach it
      tabIndex={0}
      className="figures max-h-[420px] overflow-auto rounded-md bg-panel2 px-3 py-2 text-xs wrap-anywhere whitespace-pre-wrap"
    >
      {text}
    </pre>
  );
}

function Decoded({
  message: { decoded },
  own,
}: {
  readonly message: RawMessage;
  readonly own: string;
}) {
  if (decoded === null) return <p className="text-mute">{words.notSparkplug}</p>;
  if ("fault" in decoded)
    return (
      <p className="text-bad wrap-anywhere">
        {words.fault}: {decoded.fault}
      </p>
    );
  return (
    <div className="grid gap-2">
      <DecodedHead decoded={decoded} />
      <section
        aria-label={words.views.decoded}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and keys must reach it
        tabIndex={0}
        className="max-h-[420px] overflow-auto"
        data-decoded=""
      >
        <table className="plain-table">
          <thead>
            <tr>
              {(["name", "value", "datatype", "alias", "timestamp", "flags"] as const).map(
                (key) => (
                  <th key={key} scope="col">
                    {words.columns[key]}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {decoded.metrics.map((metric, at) => (
              // oxlint-disable-next-line react/no-array-index-key -- a message may name a metric twice
              <MetricLine key={at} metric={metric} isOwn={metric.name === own} />
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function DecodedHead({
  decoded: { timestamp, seq, uuid, metricCount, metrics },
}: {
  readonly decoded: RawDecoded;
}) {
  const facts = [
    `${words.timestamp} ${timestamp ?? words.noTimestamp}`,
    seq === null ? null : `${words.seq} ${seq}`,
    uuid === null ? null : `uuid ${visibleText(uuid).text}`,
    metrics.length < metricCount
      ? words.shown(formatCount(metrics.length), formatCount(metricCount))
      : words.metrics(formatCount(metricCount)),
    metrics.some(({ isFromBirth }) => isFromBirth) ? words.fromBirth : null,
  ].filter((fact) => fact !== null);
  return (
    <p className="figures flex flex-wrap gap-x-4 text-xs text-mute">
      {facts.map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
    </p>
  );
}

function MetricLine({ metric, isOwn }: { readonly metric: RawMetric; readonly isOwn: boolean }) {
  const { alias, datatype, timestamp, value, flags, properties } = metric;
  return (
    <tr className={isOwn ? "bg-panel2" : ""} data-own={isOwn}>
      <td className="wrap-anywhere">
        <span className={isOwn ? "font-semibold" : ""}>{visibleText(labelOf(metric)).text}</span>
        {properties.map(([key, one]) => (
          <p key={key} className="figures pl-3 text-xs text-mute wrap-anywhere">
            {visibleText(key).text} = {visibleText(one).text}
          </p>
        ))}
      </td>
      <td className="figures text-xs wrap-anywhere">{visibleText(value).text}</td>
      <td>{datatype}</td>
      <td className="figures text-xs">{alias}</td>
      <td className="figures text-xs whitespace-nowrap">{timestamp}</td>
      <td>{flags.map((flag) => words.flags[flag]).join(", ")}</td>
    </tr>
  );
}

function Hex({
  message,
  before,
}: {
  readonly message: RawMessage;
  readonly before: RawMessage | null;
}) {
  return (
    <div className="grid gap-1">
      {before === null ? null : <p className="text-mute">{words.changed}</p>}
      <pre
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and keys must reach it
        tabIndex={0}
        className="figures max-h-[420px] overflow-auto rounded-md bg-panel2 px-3 py-2 text-xs"
      >
        {hexLines(message.bytes, before?.bytes ?? null).map(({ offset, bytes }) => (
          <div key={offset} className="flex gap-4">
            <span className="text-mute">{offset}</span>
            <span className="w-[376px] shrink-0">
              {bytes.map(({ hex, isNew }, at) => (
                // oxlint-disable-next-line react/no-array-index-key -- a byte is its place
                <span key={at} className={at === 8 ? "ml-2" : ""}>
                  {isNew ? <mark>{hex}</mark> : hex}{" "}
                </span>
              ))}
            </span>
            <span className="text-mute">{bytes.map(({ sign }) => sign).join("")}</span>
          </div>
        ))}
      </pre>
    </div>
  );
}

function Difference({
  message,
  before,
}: {
  readonly message: RawMessage;
  readonly before: RawMessage | null;
}) {
  if (before === null) return <p className="text-mute">{words.noBefore}</p>;
  const differences = differencesOf(message, before);
  if (differences.length === 0) return <p className="text-mute">{words.same}</p>;
  return (
    <section
      aria-label={words.views.diff}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and keys must reach it
      tabIndex={0}
      className="max-h-[420px] overflow-auto"
    >
      <table className="plain-table">
        <thead>
          <tr>
            {(["name", "before", "now"] as const).map((key) => (
              <th key={key} scope="col">
                {words.columns[key]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {differences.map(({ name, before: was, now }) => (
            <tr key={name}>
              <td className="wrap-anywhere">{visibleText(name).text}</td>
              <td className="figures text-xs wrap-anywhere text-mute">{was ?? texts.noValue}</td>
              <td className="figures text-xs wrap-anywhere">{now ?? texts.noValue}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
