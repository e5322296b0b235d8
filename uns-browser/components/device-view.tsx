"use client";
import dynamic from "next/dynamic";
import Link from "next/link";
import type { Account } from "../lib/account.ts";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import {
  ALL_ADAPTERS,
  DEVICE_TABS,
  type AdaptersAddress,
  type DeviceTab,
} from "../lib/adapters-address.ts";
import type { Adapter, AdapterDevice, AdapterLink } from "../lib/adapters.ts";
import { formatCount, formatSpan } from "../lib/format.ts";
import { encodePath } from "../lib/path.ts";
import { mayIn } from "../lib/session.ts";
import { visibleText } from "../lib/visible.ts";
import { answersText, DeviceState, errorsText, rateText } from "./adapter-section.tsx";
import { useMayChange } from "./adapters-over.tsx";
import { DeviceLine } from "./device-line.tsx";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";
import { loaded } from "./loaded.tsx";
import { Tabs } from "./tabs.tsx";
import { TagsTab } from "./tags-tab.tsx";
import { useSession } from "./use-account.ts";
import type { GoTo } from "./use-adapters-address.ts";

export interface DeviceProps {
  readonly adapter: Adapter;
  readonly device: AdapterDevice;
  readonly address: AdaptersAddress;
  readonly go: GoTo;
  /** The hub does not answer: nothing can be done. */
  readonly isOld: boolean;
  /** Whether the person who looks may change tags and look into devices. */
  readonly mayEdit: boolean;
}

// Without `ssr: false` they have no boundary of their own: the tabs would be hidden, and lose the focus, until one is here.
const RequestsTab = dynamic(
  () => loaded(async () => (await import("./requests-tab.tsx")).RequestsTab),
  { ssr: false },
);
const RegistersTab = dynamic(
  () => loaded(async () => (await import("./registers-tab.tsx")).RegistersTab),
  { ssr: false },
);
const BrowseTab = dynamic(() => loaded(async () => (await import("./browse-tab.tsx")).BrowseTab), {
  ssr: false,
});
const LinkTab = dynamic(() => loaded(async () => (await import("./link-tab.tsx")).LinkTab), {
  ssr: false,
});

/** Tabs that take what the rest of the window leaves. */
const FILLING: ReadonlySet<DeviceTab> = new Set(["tags", "browse"]);

type DeviceViewProps = Omit<DeviceProps, "mayEdit"> & {
  readonly account: Account | null;
  readonly now: number;
  /** Looks again at what the hub says of adapters. */
  readonly onApplied: (name?: string) => void;
};

/** One device: how it answers, and behind tabs its tags, what it is asked, what is in it, and its connection. */
export function DeviceView({ account, now, onApplied, ...rest }: DeviceViewProps) {
  const session = useSession(account);
  const mayChange = useMayChange(account, rest.isOld);
  const { adapter, address, go } = rest;
  const props = { ...rest, mayEdit: session !== null && mayIn(session, "edit configuration") };
  const tabs = DEVICE_TABS.filter((tab) => isFor(tab, adapter));
  const current = tabs.find((tab) => tab === address.tab) ?? "tags";
  return (
    <>
      <DeviceHead {...props} {...{ now, onApplied, mayChange }} />
      <section
        className={`min-w-0 rounded-lg border border-line bg-panel ${FILLING.has(current) ? "fills" : ""}`}
      >
        <Tabs
          label={words.tabsLabel}
          tabs={tabs.map((key) => ({ key, name: words.tabs[key] }))}
          current={current}
          onChoose={(tab) => go({ tab }, "replace")}
        >
          <DevicePart {...props} tab={current} />
        </Tabs>
      </section>
    </>
  );
}

/** Registers are Modbus's, the address space is OPC UA's. */
function isFor(tab: DeviceTab, { protocol }: Adapter): boolean {
  if (tab === "registers") return protocol === "modbus";
  return tab !== "browse" || protocol === "opcua";
}

function DevicePart({ tab, ...props }: DeviceProps & { readonly tab: DeviceTab }) {
  switch (tab) {
    case "tags":
      return <TagsTab {...props} />;
    case "requests":
      return <RequestsTab {...props} />;
    case "registers":
      return <RegistersTab {...props} />;
    case "browse":
      return <BrowseTab {...props} />;
    case "link":
      return <LinkTab {...props} link={linkOf(props)} />;
  }
}

function linkOf({ adapter, device }: Pick<DeviceProps, "adapter" | "device">): AdapterLink | null {
  return adapter.links.find(({ name }) => name === device.link) ?? null;
}

type DeviceHeadProps = DeviceProps & {
  readonly now: number;
  readonly mayChange: boolean;
  readonly onApplied: (name?: string) => void;
};

function DeviceHead({ adapter, device, go, now, isOld, mayChange, onApplied }: DeviceHeadProps) {
  const { id, state, lastError, since } = device;
  const { group, edgeNode } = adapter;
  const isStopped = adapter.stopped !== null;
  return (
    <header className="grid gap-2" data-device-head={id} data-old={isOld}>
      <button
        type="button"
        className="inline-flex min-h-6 items-center gap-1 justify-self-start text-accent underline"
        onClick={() => go(ALL_ADAPTERS)}
      >
        <Icon name="chevron" className="size-3.5 rotate-180" />
        {words.all}
      </button>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h2 className="text-lg font-semibold wrap-anywhere">{visibleText(id).text}</h2>
        <DeviceState device={device} isOld={isOld} />
        {since > 0 ? (
          <span className="text-mute">{words.since(formatSpan(Math.max(0, now - since)))}</span>
        ) : null}
        <span className="ml-auto flex flex-wrap gap-4">
          <Link
            className="text-accent underline"
            href={`/ns/?p=${encodePath([group, edgeNode, id])}`}
            prefetch={false}
          >
            {words.inNamespace}
          </Link>
          <Link
            className="text-accent underline"
            href={`/diag/?f=${encodeURIComponent(edgeNode)}`}
            prefetch={false}
          >
            {words.findings}
          </Link>
        </span>
      </div>
      {lastError === null || state === "online" ? null : (
        <p className={`notice ${isStopped ? "notice-stale" : "notice-bad"}`}>
          <Icon
            name={isStopped ? "triangle" : "cross"}
            className={`mt-0.5 size-4 ${isStopped ? "text-stale" : "text-bad"}`}
          />
          <span className="wrap-anywhere">
            <HubText text={lastError} isSentence />
          </span>
        </p>
      )}
      <DeviceFigures device={device} />
      <DeviceLine {...{ adapter, device, isOld, onApplied }} mayChange={mayChange} />
    </header>
  );
}

/** Smaller differences are within what a clock of a PLC may have. */
const SKEW_SECONDS = 2;

function DeviceFigures({ device }: { readonly device: AdapterDevice }) {
  const { columns } = words;
  const { clockSkewSeconds: skew } = device;
  const figures = [
    [columns.bad, formatCount(device.badTags)],
    [columns.requests, rateText(device.requestsPerSecond)],
    [columns.answers, answersText(device)],
    [columns.errors, errorsText(device)],
    [columns.overruns, formatCount(device.overruns)],
  ] as const;
  return (
    <>
      <dl className="flex flex-wrap gap-x-6 gap-y-1">
        {figures.map(([name, figure]) => (
          <div key={name} className="flex gap-1.5">
            <dt className="text-mute">{name}</dt>
            <dd className="figures text-xs leading-[19px]">{figure}</dd>
          </div>
        ))}
      </dl>
      {skew === null || Math.abs(skew) < SKEW_SECONDS ? null : (
        <p className="text-stale">
          {skew > 0
            ? words.clockAhead(skew.toFixed(1))
            : words.clockBehind(Math.abs(skew).toFixed(1))}
        </p>
      )}
    </>
  );
}
