"use client";
import { readablePath } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";
import { Fact, Facts } from "./facts.tsx";
import { About, Addresses, Waiting } from "./metric-details.tsx";
import type { MetricPartProps } from "./metric-head.tsx";
import { useSignal } from "./use-signal.ts";

/** Addresses, times and what the birth said. */
export function MetricOverview({ metric: { page }, subject: { row, path } }: MetricPartProps) {
  const state = useSignal(page.details.state);
  const answer = state.kind === "ready" && state.id === row.id ? state.answer : null;
  return (
    <div className="-mx-4 -my-3 grid min-[1000px]:grid-cols-2">
      <Facts title={texts.details.addresses}>
        <Fact name={texts.details.path} value={readablePath(path)} copy={path} />
        {answer === null ? null : <Addresses answer={answer} />}
      </Facts>
      <div>
        {answer === null ? (
          <Waiting state={state} onRetry={() => page.details.refresh()} />
        ) : (
          <About answer={answer} />
        )}
      </div>
    </div>
  );
}
