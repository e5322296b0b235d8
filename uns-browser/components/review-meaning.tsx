"use client";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { formatCount } from "../lib/format.ts";
import type { Consequences, Review } from "../lib/tag-review.ts";
import { workFigures, type WorkFigure } from "../lib/work.ts";
import { readablePath } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";
import { visibleText } from "../lib/visible.ts";
import { rateText } from "./adapter-section.tsx";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";

const { review: said } = words;
const MOST_CLIENTS = 20;

/** What other tags mean for the line, for devices, and for those who read them. */
export function Meaning({
  review,
}: {
  readonly review: Pick<Review, "plan" | "before" | "after" | "text">;
}) {
  const { plan, before, after, text } = review;
  return (
    <section className="grid gap-2" data-meaning="">
      <h3 className="font-semibold">{said.means}</h3>
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-6 gap-y-0.5">
        {workFigures(before, after).map((figure) => (
          <Figure key={figure.key} figure={figure} />
        ))}
      </dl>
      <PlanSentences plan={plan} />
      <Sentences
        title={said.problems}
        sentences={newOnes(before?.problems, after?.problems)}
        isBad
      />
      <Sentences title={said.warnings} sentences={newOnes(before?.warnings, after?.warnings)} />
      <details className="group">
        <summary className="flex min-h-7 cursor-pointer items-center gap-1.5 text-accent">
          <Icon name="chevron" className="size-3.5 group-open:rotate-90" />
          {said.file}
        </summary>
        <pre
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and keys must reach it
          tabIndex={0}
          className="figures mt-1 max-h-[320px] overflow-auto rounded-md bg-panel2 px-3 py-2 text-xs"
        >
          {text}
        </pre>
      </details>
    </section>
  );
}

/** What was said before already is nothing that this change brings. */
function newOnes(
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
): readonly string[] {
  return (after ?? []).filter((sentence) => before?.includes(sentence) !== true);
}

function Figure({ figure }: { readonly figure: WorkFigure }) {
  const { key, before, after } = figure;
  const [was, is] = [figureText(key, before), figureText(key, after)];
  return (
    <>
      <dt className="text-mute">{said.figures[key]}</dt>
      <dd data-figure={key}>{was === is ? said.same(is) : said.from(was, is)}</dd>
    </>
  );
}

function figureText(key: WorkFigure["key"], figure: number | null): string {
  if (figure === null) return texts.noValue;
  if (key === "busLoad") return `${Math.round(figure * 100)} %`;
  return key === "perSecond" ? rateText(figure) : formatCount(figure);
}

/** What a configuration does to devices, metrics and those who read them, in sentences. */
export function PlanSentences({ plan }: { readonly plan: Consequences }) {
  const { adapters, connections, births, metrics, topics, clients, sections } = plan;
  const count = (change: Consequences["metrics"][number]["change"]): string =>
    formatCount(metrics.filter((metric) => metric.change === change).length);
  const sentences = [
    ...adapters.flatMap(({ name, change, was }) =>
      change === "changes"
        ? []
        : [said.adapters[change](visibleText(name).text, visibleText(was ?? "").text)],
    ),
    ...(connections.length === 0 ? [] : [said.connections(connections.join(", "))]),
    ...births.map(({ device, change }) => said.births[change](readablePath(device))),
    ...(births.length === 0 ? [said.noBirths] : []),
    ...(metrics.length === 0
      ? []
      : [said.metrics(count("added"), count("removed"), count("retyped"))]),
    ...(topics.length === 0 ? [] : [said.topics(formatCount(topics.length))]),
    ...(sections.length === 0 ? [] : [said.sections(sections.join(", "))]),
    clients.length === 0 ? said.noClients : said.clients(formatCount(clients.length)),
  ];
  return (
    <>
      <ul className="grid gap-0.5">
        {sentences.map((sentence) => (
          <li key={sentence} className="wrap-anywhere">
            {sentence}
          </li>
        ))}
      </ul>
      <p className="flex flex-wrap gap-x-3 text-mute empty:hidden">
        {clients.slice(0, MOST_CLIENTS).map(({ id, isConnected }) => (
          <span key={id} className="wrap-anywhere">
            {isConnected ? visibleText(id).text : `${visibleText(id).text} (${said.away})`}
          </span>
        ))}
      </p>
    </>
  );
}

function Sentences({
  title,
  sentences,
  isBad = false,
}: {
  readonly title: string;
  readonly sentences: readonly string[];
  readonly isBad?: boolean;
}) {
  if (sentences.length === 0) return null;
  return (
    <div className={`notice ${isBad ? "notice-bad" : "notice-stale"}`}>
      <Icon
        name={isBad ? "cross" : "triangle"}
        className={`mt-0.5 size-4 shrink-0 ${isBad ? "text-bad" : "text-stale"}`}
      />
      <div>
        <p className="font-medium">{title}</p>
        <ul>
          {sentences.map((sentence) => (
            <li key={sentence} className="wrap-anywhere">
              <HubText text={sentence} />
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
