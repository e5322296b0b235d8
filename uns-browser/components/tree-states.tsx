"use client";
import Link from "next/link";
import { type ReactNode, useState } from "react";
import type { ApiError } from "../lib/api.ts";
import type { Namespace } from "../lib/namespace.ts";
import { sampleBirthCommand } from "../lib/sample-birth.ts";
import { texts } from "../lib/texts.ts";
import { CopyButton } from "./copy-button.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { runningAccount, useSession } from "./use-account.ts";
import { useMqttPort } from "./use-mqtt-port.ts";
import { useSignal } from "./use-signal.ts";

/** What stands where the tree would be: an icon, a sentence, the next step. */
function Notice({
  icon,
  title,
  children,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className="flex flex-1 flex-col items-center overflow-y-auto px-5 py-10 sm:pt-[14vh]">
      <div className="w-full max-w-[620px]">
        <Icon name={icon} className="mb-3 size-7 text-mute" />
        <h2 className="text-lg font-semibold">{title}</h2>
        {children}
      </div>
    </div>
  );
}

/** The page came before the hub, or the hub is not where the page thinks. */
export function HubAbsent({ page, tries }: { readonly page: Namespace; readonly tries: number }) {
  return (
    <Notice icon="unlink" title={texts.absent.title}>
      <p className="mt-1.5 text-mute">{texts.absent.help}</p>
      <p className="mt-4 flex items-center gap-3">
        <button type="button" className="push-button" onClick={() => page.retry()}>
          {texts.lost.retry}
        </button>
        <span className="text-mute">{texts.absent.tries(tries)}</span>
      </p>
    </Notice>
  );
}

export function TreeFailed({
  page,
  error,
}: {
  readonly page: Namespace;
  readonly error: ApiError;
}) {
  return (
    <Notice icon="cross" title={texts.failed.title}>
      <p className="mt-1.5 flex items-center gap-2">
        <code className="figures text-xs text-mute">{error.message}</code>
        <CopyButton text={`${error.code}: ${error.message}`} what={texts.failed.title} />
      </p>
      <button type="button" className="push-button mt-4" onClick={() => page.retry()}>
        {texts.failed.retry}
      </button>
    </Notice>
  );
}

export function NoMatch({ page, filter }: { readonly page: Namespace; readonly filter: string }) {
  return (
    <Notice icon="search" title={texts.filter.none(filter)}>
      <p className="mt-1.5 text-mute">{texts.filter.noneHelp}</p>
      <button type="button" className="push-button mt-4" onClick={() => page.filter.set("")}>
        {texts.filter.clear}
      </button>
      <h3 className="mt-6 font-semibold">{texts.filter.language}</h3>
      <FilterLanguage />
    </Notice>
  );
}

/** A comparison that found nothing. */
export function NothingDiffers({ page }: { readonly page: Namespace }) {
  return (
    <Notice icon="check" title={texts.past.none}>
      <p className="mt-1.5 text-mute">{texts.past.noneHelp}</p>
      <button type="button" className="push-button mt-4" onClick={() => page.past.endList()}>
        {texts.past.all}
      </button>
    </Notice>
  );
}

/** What can be typed into the filter, line by line. */
export function FilterLanguage() {
  return (
    <dl className="mt-1.5 grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-1">
      {texts.filter.examples.map(([text, means]) => (
        <div key={text} className="contents">
          <dt className="figures text-xs">{text}</dt>
          <dd className="text-mute">{means}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Short, and yet complete: the hub takes it as it stands. */
const ADAPTER_EXAMPLE = `adapters:
  - name: filler
    protocol: modbus
    group: Plant1
    edgeNode: gw-line1
    link: { framing: tcp, host: 192.168.1.20, port: 502 }
    devices:
      - name: filler-1
        unit: 1
        groups: { fast: { interval: 500ms } }
        tags:
          - { name: Speed, at: "hr:100", type: float32, group: fast, unit: 1/min }`;

/** Whoever must sign in may be the reason himself why nothing is there. */
export function EmptyPlant() {
  const { hostname } = location;
  const user = useSession(useSignal(runningAccount))?.user;
  const port = useMqttPort();
  const [now] = useState(Date.now);
  const birth = sampleBirthCommand({ host: hostname, port }, now);
  const { empty } = texts;
  return (
    <Notice icon="edgeNode" title={empty.title}>
      <p className="mt-1.5 text-mute">{empty.intro}</p>
      {user === undefined || user === null ? null : (
        <p className="mt-1.5 text-stale">{empty.noRight(user.name)}</p>
      )}
      <ol className="mt-5 grid gap-4">
        <WayIn step={1} title={empty.adapter} line={ADAPTER_EXAMPLE}>
          <p className="text-mute">
            <Link className="text-accent underline" href="/adapters/" prefetch={false}>
              {empty.adapterHere}
            </Link>{" "}
            {empty.adapterFile}
          </p>
        </WayIn>
        <WayIn step={2} title={empty.edgeNode} line={`mqtt://${hostname}:${port}`} />
        <WayIn step={3} title={empty.publish} line={birth} />
      </ol>
      <p className="mt-5 text-mute">{empty.byItself}</p>
      <p className="mt-3">
        <Link className="text-accent underline" href="/welcome/" prefetch={false}>
          {texts.welcome.stepsTitle}
        </Link>
      </p>
    </Notice>
  );
}

function WayIn({
  step,
  title,
  line,
  children,
}: {
  readonly step: number;
  readonly title: string;
  readonly line: string;
  readonly children?: ReactNode;
}) {
  return (
    <li className="grid grid-cols-[24px_minmax(0,1fr)] gap-x-3">
      <span className="figures grid size-6 place-items-center rounded-full border border-edge text-xs text-mute">
        {step}
      </span>
      <div>
        <p className="font-medium">{title}</p>
        {children}
        <div className="mt-1.5 flex items-start gap-1 rounded-md border border-line bg-panel py-1.5 pr-1.5 pl-3">
          <code
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys [WCAG 2.1.1]
            tabIndex={0}
            className="figures max-h-60 min-w-0 flex-1 overflow-y-auto text-xs leading-5 break-all whitespace-pre-wrap"
          >
            {line}
          </code>
          <CopyButton text={line} what={title} />
        </div>
      </div>
    </li>
  );
}

const SKELETON_WIDTHS = [38, 30, 44, 26, 34, 48, 29, 41, 33, 45, 27, 36];

/** Grey lines in place of rows; not before 150 ms, a quick hub never shows them. */
export function Skeleton() {
  return (
    <div className="skeleton-late flex-1 overflow-hidden px-4 py-2" aria-hidden="true">
      {SKELETON_WIDTHS.map((width, at) => (
        <div key={width} className="flex h-6 items-center" style={{ paddingLeft: (at % 4) * 16 }}>
          <div className="h-2.5 rounded-full bg-panel2" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}
