"use client";
import type { TreeRow } from "@unshub/hub/feed";
import dynamic from "next/dynamic";
import { useEffect } from "react";
import type { Account } from "../lib/account.ts";
import type { Namespace } from "../lib/namespace.ts";
import type { Quality } from "../lib/quality.ts";
import { mayIn } from "../lib/session.ts";
import { asSentence } from "../lib/hub-request.ts";
import { texts } from "../lib/texts.ts";
import { HubText } from "./hub-text.tsx";
import { loaded } from "./loaded.tsx";
import { pageFault } from "../lib/write.ts";
import { useSession } from "./use-account.ts";
import { usePill } from "./use-pill.ts";
import { useSignal } from "./use-signal.ts";
import { writer } from "./writer.ts";

/** Loaded when somebody writes for the first time. */
const WriteDialog = dynamic(
  () => loaded(() => import("./write-dialog.tsx").then((file) => file.WriteDialog)),
  {
    ssr: false,
  },
);

const { write: words } = texts;

interface WriteSectionProps {
  readonly page: Namespace;
  readonly account: Account | null;
  readonly row: TreeRow;
  readonly path: string;
  readonly quality: Quality;
  /** In the head of a page, and in a row of a panel, the button stands among others. */
  readonly place: "row" | "head";
}

/** The way to write a metric, or why there is none. Not there for what is read-only. */
export function WriteSection({ page, account, row, path, quality, place }: WriteSectionProps) {
  const session = useSession(account);
  const mayWrite = session !== null && mayIn(session, "write metrics");
  const { id } = row;
  useEffect(() => {
    if (mayWrite) writer.look({ id, path });
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- a device that comes or goes opens or closes it
  }, [id, path, mayWrite, quality]);
  useEffect(() => () => writer.look(null), []); // the panel is another one for each row
  const plan = useSignal(writer.plan);
  const writing = useSignal(writer.writing);
  const fault = pageFault(usePill(page).state);
  if (session === null) return null;
  if (row.writable !== true && plan?.kind !== "open") return null;
  const because = mayWrite ? closedBecause(plan, fault) : words.role;
  const isOpen = because === null && plan?.kind === "open";
  return (
    <div className={place === "row" ? "contents" : "max-w-72 text-right"}>
      <OpenButton because={because} isOpen={isOpen} />
      {writing === null ? null : <WriteDialog page={page} writing={writing} />}
    </div>
  );
}

interface OpenButtonProps {
  readonly because: string | null;
  readonly isOpen: boolean;
}

function OpenButton({ because, isOpen }: OpenButtonProps) {
  return (
    <>
      <button
        type="button"
        className="push-button"
        aria-disabled={!isOpen}
        aria-describedby={because === null ? undefined : "write-why"}
        onClick={() => (because === null ? writer.open() : undefined)}
      >
        {words.open}
      </button>
      {because === null ? null : (
        <p id="write-why" className="order-last mt-1.5 basis-full text-mute wrap-anywhere">
          <HubText text={because} />
        </p>
      )}
    </>
  );
}

function closedBecause(plan: ReturnType<typeof writer.plan.get>, fault: string | null) {
  if (fault !== null) return fault;
  return plan?.kind === "closed" ? asSentence(plan.because) : null;
}
