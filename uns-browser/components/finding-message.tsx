"use client";
import { useEffect, useState } from "react";
import { diagnosticsTexts as words } from "../lib/diagnostics-texts.ts";
import { findingUrl, type Finding } from "../lib/findings.ts";
import { askHub, sentenceOf } from "../lib/hub-request.ts";
import { parseRaw, type RawMessage } from "../lib/raw.ts";
import { texts } from "../lib/texts.ts";
import { sendToHub } from "./browser-world.ts";
import { HubText } from "./hub-text.tsx";
import { RawView, type RawViewKey } from "./raw-views.tsx";

const VIEWS = ["decoded", "hex", "text"] as const satisfies readonly RawViewKey[];

type State =
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly because: string }
  | { readonly kind: "ready"; readonly message: RawMessage };

/** The message in which something was found last, as the hub decodes it. */
export function FindingMessage({ finding }: { readonly finding: Finding }) {
  const [state, setState] = useState<State>({ kind: "asking" });
  const [view, setView] = useState<(typeof VIEWS)[number]>("decoded");
  const { raw } = texts.metric;
  const url = findingUrl(finding, "message");
  useEffect(() => {
    let isWanted = true;
    void asked(url).then((answer) => (isWanted ? setState(answer) : undefined));
    return () => {
      isWanted = false;
    };
  }, [url]);
  if (state.kind === "asking") return <p className="text-mute">{words.asking}</p>;
  if (state.kind === "failed")
    return (
      <p className="text-mute">
        {words.noMessage}: <HubText text={state.because} />
      </p>
    );
  return (
    <section className="grid gap-2" data-message="" aria-label={words.message}>
      <div className="flex flex-wrap items-center gap-3">
        <span className="text-mute">{words.messageHelp}</span>
        <fieldset className="button-row" aria-label={words.message}>
          {VIEWS.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === view}
              onClick={() => setView(one)}
            >
              {raw.views[one]}
            </button>
          ))}
        </fieldset>
      </div>
      <RawView view={view} message={state.message} before={null} own="" />
    </section>
  );
}

async function asked(url: string): Promise<State> {
  const answer = await askHub(sendToHub, "GET", url);
  if (answer.kind !== "done") return { kind: "failed", because: sentenceOf(answer) };
  const [message] = parseRaw(answer.value) ?? [];
  return message === undefined
    ? { kind: "failed", because: texts.notUnderstood }
    : { kind: "ready", message };
}
