"use client";
import { useEffect, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { askHub, sentenceOf } from "../lib/hub-request.ts";
import { adapterUrl } from "../lib/tags.ts";
import { texts } from "../lib/texts.ts";
import { parseReading, type TrialStep } from "../lib/trial.ts";
import { sendToHub } from "./browser-world.ts";
import { TrialLine } from "./entry-trial.tsx";
import { HubText } from "./hub-text.tsx";

const { line: said } = words.entries;

/** One read of the first tag of a device, now, over the connection that there is. */
export function TestRead({
  adapter,
  device,
}: {
  readonly adapter: string;
  readonly device: string;
}) {
  const [found, setFound] = useState<TrialStep | string | null>(null);
  useEffect(() => {
    let isOpen = true;
    const ask = async (): Promise<void> => {
      const url = `${adapterUrl(adapter)}/reading`;
      const answer = await askHub(sendToHub, "POST", url, { device });
      if (!isOpen) return;
      if (answer.kind !== "done") return setFound(sentenceOf(answer));
      setFound(parseReading(answer.value) ?? texts.notUnderstood);
    };
    void ask();
    return () => {
      isOpen = false;
    };
  }, [adapter, device]);
  return (
    <output data-test-read={stateOf(found)}>
      {found === null ? <span className="text-mute">{said.reading}</span> : null}
      {typeof found === "string" ? (
        <span className="text-bad wrap-anywhere">
          <HubText text={found} />
        </span>
      ) : null}
      {found === null || typeof found === "string" ? null : <TrialLine step={found} />}
    </output>
  );
}

function stateOf(found: TrialStep | string | null): string {
  if (found === null) return "asking";
  return typeof found !== "string" && found.isDone ? "done" : "failed";
}
