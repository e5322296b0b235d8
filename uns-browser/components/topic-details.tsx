"use client";
import { RawMessages } from "./metric-raw.tsx";

/** The last messages of a topic. */
export function TopicDetails({ topic }: { readonly topic: string }) {
  return (
    <div className="raw-narrow border-t border-line px-4 py-3">
      <RawMessages key={topic} topic={topic} isUtc={false} own="" />
    </div>
  );
}
