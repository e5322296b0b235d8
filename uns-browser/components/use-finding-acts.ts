import { useRef, useState } from "react";
import { diagnosticsTexts as words } from "../lib/diagnostics-texts.ts";
import { findingUrl, type Finding } from "../lib/findings.ts";
import { askHub, sentenceOf } from "../lib/hub-request.ts";
import { sendToHub } from "./browser-world.ts";

/** What a person says of a finding. */
export interface FindingActs {
  /** How the last of it went; `null`: nothing was said yet. */
  readonly said: string | null;
  readonly isBusy: boolean;
  acknowledge(finding: Finding, note?: string): void;
  openAgain(finding: Finding): void;
  mute(finding: Finding, minutes: number): void;
  lift(finding: Finding): void;
}

type Said = keyof typeof words.said;

/** `onDone`: the hub is asked again, and what was muted leaves the list. */
export function useFindingActs(
  onDone: (finding: Finding, isMuted: boolean) => Promise<void>,
): FindingActs {
  const [state, setState] = useState<Pick<FindingActs, "said" | "isBusy">>({
    said: null,
    isBusy: false,
  });
  const last = useRef(Promise.resolve());
  const waiting = useRef(new Set<string>());
  const run = async (finding: Finding, said: Said, body?: object): Promise<void> => {
    setState({ said: null, isBusy: true });
    const [method, what] = REQUESTS[said];
    const answer = await askHub(sendToHub, method, findingUrl(finding, what), body);
    const isDone = answer.kind === "done";
    setState({ said: isDone ? words.said[said] : sentenceOf(answer), isBusy: false });
    if (isDone) await onDone(finding, said === "muted");
  };
  /** One after the other: who goes through the list by keys is faster than the hub. Pressed twice, it is done once. */
  const act = (finding: Finding, said: Said, body?: object): void => {
    const id = `${said} ${finding.key}`;
    if (waiting.current.has(id)) return;
    waiting.current.add(id);
    const mine = (): Promise<void> => run(finding, said, body);
    last.current = last.current.then(mine, mine).finally(() => waiting.current.delete(id));
  };
  return {
    ...state,
    acknowledge: (finding, note) =>
      act(finding, "acknowledged", { ...(note !== undefined && { note }) }),
    openAgain: (finding) => act(finding, "opened"),
    mute: (finding, minutes) => act(finding, "muted", { minutes }),
    lift: (finding) => act(finding, "lifted"),
  };
}

const REQUESTS = {
  acknowledged: ["PUT", "acknowledgement"],
  opened: ["DELETE", "acknowledgement"],
  muted: ["PUT", "mute"],
  lifted: ["DELETE", "mute"],
} as const satisfies Readonly<Record<Said, readonly [method: string, what: string]>>;
