"use client";
import { useEffect, type ReactNode } from "react";
import type { Account } from "../lib/account.ts";
import type { Trust } from "../lib/certificates.ts";
import { mayIn } from "../lib/session.ts";
import { createSignal } from "../lib/signal.ts";
import { texts } from "../lib/texts.ts";
import { createTrustPage, type TrustPage } from "../lib/trust.ts";
import { sendToHub, startTimerWhileSeen } from "./browser-world.ts";
import { HubText } from "./hub-text.tsx";
import { Icon } from "./icons.tsx";
import { PageHead, PageShell } from "./page-shell.tsx";
import { OwnCertificate, Place } from "./trust-place.tsx";
import { useAccount } from "./use-account.ts";
import { useSignal } from "./use-signal.ts";

const { trust: words } = texts;
const running = createSignal<TrustPage | null>(null);

/** Certificates of OPC UA, and who is trusted, as long as the page is open. */
export function TrustApp() {
  const page = useSignal(running);
  const account = useAccount();
  useEffect(() => {
    const mine = createTrustPage({ send: sendToHub, timer: startTimerWhileSeen });
    running.set(mine);
    return () => {
      running.set(null);
      mine.stop();
    };
  }, []);
  return (
    <PageShell account={account} current="trust">
      <div className="mx-auto grid max-w-[860px] gap-5">
        <PageHead title={words.title} intro={words.intro} />
        {page === null || account === null ? (
          <Waiting />
        ) : (
          <Running page={page} account={account} />
        )}
      </div>
    </PageShell>
  );
}

function Waiting() {
  return <div className="skeleton-late h-40 rounded-md bg-panel2" />;
}

function Running({ page, account }: { readonly page: TrustPage; readonly account: Account }) {
  const state = useSignal(page.state);
  const problem = useSignal(page.problem);
  const session = useSignal(account.session);
  const mayDecide = session !== null && mayIn(session, "edit configuration");
  useEffect(() => {
    if (state.kind === "failed") void account.check(); // perhaps the session has ended
  }, [account, state]);
  if (state.kind === "asking") return <Waiting />;
  if (state.kind === "failed") {
    return (
      <Sentence kind="bad" title={words.failed}>
        <HubText text={state.because} />
        <button type="button" className="push-button ml-3" onClick={() => void page.refresh()}>
          {texts.failed.retry}
        </button>
      </Sentence>
    );
  }
  return (
    <>
      <div role="alert" className="grid gap-2 empty:hidden">
        {problem === null ? null : <Sentence kind="bad">{problem}</Sentence>}
        {state.isOld ? <Sentence kind="stale">{words.old}</Sentence> : null}
      </div>
      {session === null || mayDecide ? null : <p className="text-mute">{words.mayNot}</p>}
      <Places page={page} trust={state.trust} mayDecide={mayDecide} />
    </>
  );
}

function Places({
  page,
  trust,
  mayDecide,
}: {
  readonly page: TrustPage;
  readonly trust: Trust;
  readonly mayDecide: boolean;
}) {
  return (
    <>
      {trust.places.map((place) => (
        <Place key={place.id} page={page} place={place} now={trust.now} mayDecide={mayDecide} />
      ))}
      {trust.places.length > 0 ? null : (
        <section>
          <h3 className="font-semibold">{words.noPlaces}</h3>
          <p className="mt-1 max-w-[640px] text-mute">{words.noPlacesHelp}</p>
        </section>
      )}
      <OwnCertificate certificate={trust.own} now={trust.now} />
    </>
  );
}

function Sentence({
  kind,
  title,
  children,
}: {
  readonly kind: "bad" | "stale";
  readonly title?: string;
  readonly children: ReactNode;
}) {
  const [colour, icon] =
    kind === "bad" ? (["text-bad", "cross"] as const) : (["text-stale", "unlink"] as const);
  return (
    <div className={`notice notice-${kind}`}>
      <Icon name={icon} className={`mt-0.5 size-4 ${colour}`} />
      <div>
        {title === undefined ? null : <p className="font-medium">{title}</p>}
        <div>{children}</div>
      </div>
    </div>
  );
}
