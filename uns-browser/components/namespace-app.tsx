"use client";
import dynamic from "next/dynamic";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Account } from "../lib/account.ts";
import { createNamespace, type Namespace } from "../lib/namespace.ts";
import { createSignal } from "../lib/signal.ts";
import { texts } from "../lib/texts.ts";
import { Banner } from "./banner.tsx";
import { browserWorld } from "./browser-world.ts";
import { copying } from "./copying.ts";
import { DetailsPanel } from "./details-panel.tsx";
import { focusTree } from "./focus-tree.ts";
import { loaded } from "./loaded.tsx";
import { RetainedClearing } from "./retained-clearing.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { SideNav } from "./side-nav.tsx";
import { Spoken } from "./spoken.tsx";
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
  const lookAgain = useCallback(() => void page.loader.refresh(), [page]);
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
      <RetainedClearing onEnded={lookAgain} />
      <Copying account={account} />
      <Shortcuts dialog={shortcuts} />
      <Palette account={account} />
      <Toast />
    </div>
  );
}

/** Loaded when somebody copies more than a path. */
const CopyMenu = dynamic(
  () => loaded(() => import("./copy-menu.tsx").then((file) => file.CopyMenu)),
  { ssr: false },
);

function Copying({ account }: { readonly account: Account | null }) {
  const copied = useSignal(copying);
  useEffect(() => () => copying.set(null), []); // whoever comes back has another page
  if (copied === null) return null;
  return <CopyMenu key={copied.path} {...{ copied, account }} onClose={() => copying.set(null)} />;
}

function useHubTitle(page: Namespace): void {
  const hub = useSignal(page.hub)?.hub;
  useEffect(() => {
    if (hub !== undefined) document.title = texts.title(hub);
  }, [hub]);
}
