"use client";
import Link from "next/link";
import type { ValueAnswer } from "@unshub/hub/feed";
import { tagHref } from "../lib/adapters-address.ts";
import { texts } from "../lib/texts.ts";
import { Fact } from "./facts.tsx";
import { useOrigin } from "./use-origin.ts";

/** The tag that makes a metric, with a way to it; nothing while no adapter of this hub does. */
export function MetricOrigin({ answer }: { readonly answer: ValueAnswer }) {
  const found = useOrigin(answer);
  if (found === null || found === undefined) return null;
  return (
    <>
      <Fact name={texts.metric.origin} value={found.address} copy={found.address} />
      <div className="grid grid-cols-[96px_minmax(0,1fr)] gap-x-2">
        <dt className="sr-only">{texts.metric.tag}</dt>
        <dd className="col-start-2 py-0.5">
          <Link
            className="text-accent underline"
            href={tagHref(found.adapter, found.device, found.tag)}
            prefetch={false}
          >
            {texts.metric.toTag}
          </Link>
        </dd>
      </div>
    </>
  );
}
