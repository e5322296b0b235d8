"use client";
import type { ReactNode } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { parseKinds, type AdapterKind } from "../lib/adapter-kinds.ts";
import { asSentence } from "../lib/hub-request.ts";
import { asking } from "../lib/poll.ts";
import { PolledState } from "./page-shell.tsx";
import { pagePoll, usePoll } from "./use-poll.ts";

const KINDS = pagePoll({
  everyMs: 60_000,
  ask: asking("/api/v1/adapter-kinds", parseKinds),
});

/** What needs to know which adapters there can be, once that is known; or why nothing can be changed here. */
export function WithKinds({
  children,
}: {
  readonly children: (kinds: readonly AdapterKind[]) => ReactNode;
}) {
  const kinds = usePoll(KINDS);
  return (
    <>
      <PolledState polled={kinds} onRetry={() => void KINDS.running.get()?.refresh()} />
      {kinds.kind !== "ready" ? null : kinds.value.fixed !== null ? (
        <p>{words.tags.fixed(asSentence(kinds.value.fixed))}</p>
      ) : (
        children(kinds.value.kinds)
      )}
    </>
  );
}
