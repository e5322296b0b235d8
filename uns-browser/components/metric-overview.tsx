"use client";
import { Waiting } from "./metric-details.tsx";
import { About, AllAddresses } from "./metric-facts.tsx";
import type { MetricPartProps } from "./metric-head.tsx";
import { useSignal } from "./use-signal.ts";

/** Addresses, times and what the birth said. */
export function MetricOverview({ metric, account, subject: { row, path } }: MetricPartProps) {
  const { page } = metric;
  const state = useSignal(page.details.state);
  const answer = state.kind === "ready" && state.id === row.id ? state.answer : null;
  return (
    <div className="-mx-4 -my-3 grid min-[1000px]:grid-cols-2">
      <AllAddresses {...{ account, path, answer }} />
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
