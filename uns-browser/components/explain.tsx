"use client";
import { useEffect, useState } from "react";
import { parseExplanation, type Explanation, type Hop } from "../lib/findings.ts";
import { askHub, sentenceOf } from "../lib/hub-request.ts";
import { texts } from "../lib/texts.ts";
import { sendToHub } from "./browser-world.ts";
import { HubText } from "./hub-text.tsx";
import { Icon, type IconName } from "./icons.tsx";

const { diag: words } = texts;

type State =
  | { readonly kind: "none" | "asking" }
  | { readonly kind: "failed"; readonly because: string }
  | { readonly kind: "ready"; readonly explanation: Explanation };

interface ExplainProps {
  readonly path: string;
  /** Without a press of the button. */
  readonly asksAtOnce?: boolean;
}

/** Asks the hub how each part of the way to a value is, and shows the verdict and the hops. */
export function Explain({ path, asksAtOnce = false }: ExplainProps) {
  const [state, setState] = useState<State>({ kind: asksAtOnce ? "asking" : "none" });
  const ask = async (): Promise<void> => {
    setState({ kind: "asking" });
    setState(await explained(path));
  };
  useEffect(() => {
    if (asksAtOnce) void explained(path).then(setState);
  }, [asksAtOnce, path]);
  return (
    <div className="grid gap-2">
      <button
        type="button"
        className="push-button justify-self-start"
        aria-disabled={state.kind === "asking"}
        onClick={() => void ask()}
      >
        {words.explain}
      </button>
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- <output> is for a line of text, not for a list */}
      <div role="status">
        {state.kind === "asking" ? <p className="text-mute">{words.explaining}</p> : null}
        {state.kind === "failed" ? (
          <p>
            {words.explainFailed}: <HubText text={state.because} />
          </p>
        ) : null}
        {state.kind === "ready" ? <Explained explanation={state.explanation} /> : null}
      </div>
    </div>
  );
}

async function explained(path: string): Promise<State> {
  const answer = await askHub(sendToHub, "GET", `/api/v1/explain?path=${encodeURIComponent(path)}`);
  if (answer.kind !== "done") return { kind: "failed", because: sentenceOf(answer) };
  const explanation = parseExplanation(answer.value);
  return explanation === null
    ? { kind: "failed", because: texts.notUnderstood }
    : { kind: "ready", explanation };
}

const SIGNS: Readonly<Record<Hop["status"], readonly [icon: IconName, colour: string]>> = {
  ok: ["check", "text-mute"],
  broken: ["cross", "text-bad"],
  suspect: ["triangle", "text-stale"],
  unknown: ["dashes", "text-mute"],
};

function Explained({ explanation: { says, todo, hops } }: { readonly explanation: Explanation }) {
  return (
    <div className="grid gap-2 rounded-md bg-panel2 px-3 py-2">
      <p className="font-medium wrap-anywhere">
        <HubText text={says} />
      </p>
      {todo === null ? null : (
        <p className="wrap-anywhere">
          <HubText text={todo} />
        </p>
      )}
      <ol className="grid gap-1">
        {hops.map((hop) => {
          const [icon, colour] = SIGNS[hop.status];
          return (
            <li key={hop.name} className="grid grid-cols-[16px_96px_minmax(0,1fr)] gap-x-2">
              <Icon name={icon} className={`mt-0.5 size-3.5 ${colour}`} />
              <span className={colour}>
                <HubText text={hop.name} />
                <span className="sr-only"> {words.hops[hop.status]}</span>
              </span>
              <span className="wrap-anywhere">
                <HubText text={hop.says} />
              </span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
