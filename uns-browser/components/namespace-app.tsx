"use client";
import dynamic from "next/dynamic";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Account } from "../lib/account.ts";
import { createNamespace, type Namespace } from "../lib/namespace.ts";
import { createSignal } from "../lib/signal.ts";
import { texts } from "../lib/texts.ts";
import { Banner } from "./banner.tsx";
import { browserWorld } from "./browser-world.ts";
import { clearer } from "./clearer.ts";
import { DetailsPanel } from "./details-panel.tsx";
import { loaded } from "./loaded.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { SideNav } from "./side-nav.tsx";
import { Spoken } from "./spoken.tsx";
import { say } from "./toast-text.ts";
import { Toast } from "./toast.tsx";
import { Brand, TopBar } from "./top-bar.tsx";
import { TreeArea } from "./tree-area.tsx";
import { Palette } from "./palette.tsx";
import { PastBanner } from "./past-banner.tsx";
import { PinStrip } from "./pin-strip.tsx";
import { TreeTools } from "./tree-tools.tsx";
import { Skeleton } from "./tree-states.tsx";
import { useAccount } from "./use-account.ts";
import { useCheckWhenLost } from "./use-check-when-lost.ts";
import { useGoKeys } from "./use-go-keys.ts";
import { useNarrow } from "./use-narrow.ts";
import { usePageKeys } from "./use-page-keys.ts";
import { useSignal } from "./use-signal.ts";
import { watchBrowser } from "./watch-browser.ts";

/** Loaded when somebody deletes for the first time. */
const ClearDialog = dynamic(
  () => loaded(() => import("./clear-dialog.tsx").then((file) => file.ClearDialog)),
  { ssr: false },
);

/** What ended behind a closed dialog is a sentence that nobody waits for. */
const LATE_NEWS_MS = 8000;

/** The page as long as it is open; none while it is built, or left. */
const running = createSignal<Namespace | null>(null);

/** Begins the page in the browser and ends it when it is left; before, only the frame is there. */
export function NamespaceApp() {
  const page = useSignal(running);
  useEffect(() => {
    const mine = createNamespace({ ...browserWorld(), hasPast: true });
    const stopWatching = watchBrowser(mine, () => mine.followAddress());
    running.set(mine);
    return () => {
      running.set(null);
      stopWatching();
      mine.stop();
    };
  }, []);
  const account = useAccount();
  useCheckWhenLost(page, account);
  return <Spoken>{page === null ? <Frame /> : <Running page={page} account={account} />}</Spoken>;
}

function Frame() {
  return (
    <div className="flex h-dvh flex-col">
      <header className="flex min-h-11 items-center border-b border-line bg-panel px-3">
        <Brand hub={undefined} />
      </header>
      <div className="with-nav">
        <SideNav account={null} current="ns" />
        <Skeleton />
      </div>
    </div>
  );
}

function Running({
  page,
  account,
}: {
  readonly page: Namespace;
  readonly account: Account | null;
}) {
  const filterInput = useRef<HTMLInputElement>(null);
  const shortcuts = useRef<HTMLDialogElement>(null);
  const isNarrow = useNarrow();
  const [isOpen, setIsOpen] = useState(true);
  const hasSelection = useSignal(page.selection) !== null;
  const isEmpty = useSignal(page.loader.top) === "empty";
  const isOpening = useSignal(page.live.link).kind === "opening";
  const showsDetails = isNarrow ? isOpen && hasSelection : !isEmpty && !isOpening;
  useHubTitle(page);
  useGoKeys(shortcuts);
  usePageKeys(page, filterInput, shortcuts);
  const close = useCallback(() => {
    setIsOpen(false);
    page.select(null);
    focusTree();
  }, [page]);
  return (
    <div className="flex h-dvh flex-col">
      <TopBar
        page={page}
        account={account}
        filterInput={filterInput}
        onLeaveFilter={focusTree}
        onHelp={() => shortcuts.current?.showModal()}
      />
      <Banner page={page} />
      <PastBanner page={page} />
      <div className="with-nav">
        <SideNav account={account} current="ns" />
        <div className="flex min-h-0 min-w-0 flex-1 max-[699px]:flex-col">
          <main className="flex min-h-0 min-w-0 flex-1 flex-col bg-panel">
            <TreeTools page={page} />
            <PinStrip page={page} />
            <TreeArea page={page} isNarrow={isNarrow} onOpen={() => setIsOpen(true)} />
          </main>
          {showsDetails ? <DetailsPanel page={page} account={account} onClose={close} /> : null}
        </div>
      </div>
      <Clearing page={page} />
      <Shortcuts dialog={shortcuts} />
      <Palette account={account} />
      <Toast />
    </div>
  );
}

/** Deleting retained messages; the tree is looked at again when it has ended, and who has closed the dialog is told. */
function Clearing({ page }: { readonly page: Namespace }) {
  const state = useSignal(clearer.state);
  useEffect(
    () =>
      clearer.ended.subscribe(() => {
        void page.loader.refresh();
        const ended = clearer.ended.get();
        if (ended?.isLate === true) say(ended.sentence, LATE_NEWS_MS);
      }),
    [page],
  );
  if (state === null) return null;
  const close = (): void => {
    clearer.close();
    void page.loader.refresh();
  };
  return <ClearDialog state={state} onClose={close} />;
}

function focusTree(): void {
  document.getElementById("tree")?.focus({ preventScroll: true });
}

function useHubTitle(page: Namespace): void {
  const hub = useSignal(page.hub)?.hub;
  useEffect(() => {
    if (hub !== undefined) document.title = texts.title(hub);
  }, [hub]);
}
