"use client";
import Link from "next/link";
import { Suspense, useState } from "react";
import type { Account } from "../lib/account.ts";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { ALL_ADAPTERS, type AdaptersAddress } from "../lib/adapters-address.ts";
import { fittingAdapters, parseAdapters, type Adapter } from "../lib/adapters.ts";
import { formatCount } from "../lib/format.ts";
import { asking } from "../lib/poll.ts";
import { texts } from "../lib/texts.ts";
import { AdapterSection } from "./adapter-section.tsx";
import { AdaptersOver, useMayChange, type EntryOver } from "./adapters-over.tsx";
import { DeviceView } from "./device-view.tsx";
import { TroubleFilter } from "./list-filter.tsx";
import { PageHead, PageShell, PolledState } from "./page-shell.tsx";
import { useAccount } from "./use-account.ts";
import { useAdaptersAddress, type GoTo } from "./use-adapters-address.ts";
import { pagePoll, usePoll } from "./use-poll.ts";

const ADAPTERS = pagePoll({ everyMs: 2000, ask: asking("/api/v1/adapters", parseAdapters) });
const refresh = (): void => void ADAPTERS.running.get()?.refresh();

/** What the hub asks of PLCs and servers, as long as the page is open. */
export function AdaptersApp() {
  const account = useAccount();
  const polled = usePoll(ADAPTERS);
  return (
    <PageShell account={account} current="adapters" polled={polled}>
      <div className="mx-auto grid max-w-[1680px] gap-4">
        <PolledState polled={polled} onRetry={refresh} />
        {polled.kind === "ready" ? (
          <Suspense>
            <Shown account={account} {...polled.value} isOld={polled.isOld} />
          </Suspense>
        ) : null}
      </div>
    </PageShell>
  );
}

interface ShownProps {
  readonly account: Account | null;
  readonly adapters: readonly Adapter[];
  /** By the hub's clock. */
  readonly now: number;
  readonly isOld: boolean;
}

function Shown({ account, adapters, now, isOld }: ShownProps) {
  const [address, go] = useAdaptersAddress();
  const { adapter: name, device: id } = address;
  if (name === null || id === null)
    return <List {...{ account, adapters, now, isOld, address, go }} />;
  const adapter = adapters.find((each) => each.name === name);
  const device = adapter?.devices.find((each) => each.id === id);
  if (adapter === undefined || device === undefined)
    return <Missing name={name} device={adapter === undefined ? null : id} go={go} />;
  return (
    <DeviceView
      key={`${name}\n${id}`}
      {...{ account, adapter, device, address, go, now, isOld }}
      onApplied={(called = name) => {
        refresh();
        if (called !== name) go({ adapter: called }, "replace");
      }}
    />
  );
}

interface ListProps {
  readonly account: Account | null;
  readonly adapters: readonly Adapter[];
  readonly now: number;
  readonly isOld: boolean;
  readonly address: AdaptersAddress;
  readonly go: GoTo;
}

function List({ account, adapters, now, isOld, address, go }: ListProps) {
  const mayEdit = useMayChange(account, isOld);
  const [over, setOver] = useState<EntryOver>(null);
  const { adapter: only, filter: text, onlyTrouble } = address;
  const wanted = adapters.filter(({ name }) => only === null || name === only);
  const shown = fittingAdapters(wanted, { text, onlyTrouble });
  return (
    <>
      <ListHead mayEdit={mayEdit} onAdd={() => setOver({ kind: "add" })} />
      {adapters.length === 0 ? (
        <NoAdapter />
      ) : (
        <div className="flex flex-wrap items-center gap-2">
          <TroubleFilter
            label={words.filter}
            trouble={words.onlyTrouble}
            {...{ text, onlyTrouble, go }}
          />
          {only === null ? null : (
            <button type="button" className="push-button" onClick={() => go({ adapter: null })}>
              {words.all}
            </button>
          )}
          <output className="ml-auto text-mute">
            {words.count(formatCount(devicesOf(shown)), formatCount(devicesOf(wanted)))}
          </output>
        </div>
      )}
      {wanted.length > 0 && shown.length === 0 ? (
        <p className="text-mute">{words.noMatch}</p>
      ) : null}
      {only !== null && wanted.length === 0 ? <Missing name={only} device={null} go={go} /> : null}
      {shown.map((adapter) => (
        <AdapterSection
          key={adapter.name}
          {...{ adapter, now, isOld, go }}
          onChange={mayEdit ? (kind) => setOver({ kind, name: adapter.name }) : null}
        />
      ))}
      <AdaptersOver over={over} onApplied={refresh} onClose={() => setOver(null)} />
    </>
  );
}

function NoAdapter() {
  return (
    <section className="rounded-lg border border-line bg-panel px-4 py-6">
      <h3 className="font-semibold">{words.none}</h3>
      <p className="mt-1 max-w-[720px] text-mute">{words.noneHelp}</p>
    </section>
  );
}

function ListHead({ mayEdit, onAdd }: { readonly mayEdit: boolean; readonly onAdd: () => void }) {
  return (
    <div className="flex flex-wrap items-start gap-3">
      <PageHead title={texts.pages.adapters} intro={words.intro} />
      <span className="ml-auto flex flex-wrap items-center gap-4">
        <Link className="text-accent underline" href="/trust/" prefetch={false}>
          {words.trust}
        </Link>
        {mayEdit ? (
          <button type="button" className="push-button" onClick={onAdd}>
            {words.adding.act}
          </button>
        ) : null}
      </span>
    </div>
  );
}

function devicesOf(adapters: readonly Adapter[]): number {
  return adapters.reduce((sum, { devices }) => sum + devices.length, 0);
}

function Missing({
  name,
  device,
  go,
}: {
  readonly name: string;
  readonly device: string | null;
  readonly go: GoTo;
}) {
  return (
    <section className="rounded-lg border border-line bg-panel px-4 py-6">
      <h2 className="font-semibold wrap-anywhere">{words.missing(name, device)}</h2>
      <button type="button" className="push-button mt-3" onClick={() => go(ALL_ADAPTERS)}>
        {words.all}
      </button>
    </section>
  );
}
