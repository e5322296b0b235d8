import { useState } from "react";
import { askHub, sentenceOf, type Answer } from "../lib/hub-request.ts";
import type { FormState } from "../lib/entry.ts";
import { saveFromHub, sendToHub } from "./browser-world.ts";

export interface Change extends FormState {
  /** Asks the hub to change something; `null` when it did not, and `problem` says why. Once at a time. */
  run(
    method: string,
    url: string,
    body?: object,
  ): Promise<Extract<Answer, { kind: "done" }> | null>;
  /** Lets the browser save what the hub answers, under the name that is given. */
  download(url: string, body: object, fileName: string): Promise<void>;
  /** Shows a sentence without asking the hub. */
  fail(problem: string): void;
}

/** A change that a person asks the hub for: whether it is under way, and why it was not done. */
export function useChange(): Change {
  const [state, setState] = useState<FormState>({ isBusy: false, problem: null });
  const done = (answer: Answer): void =>
    setState({ isBusy: false, problem: answer.kind === "done" ? null : sentenceOf(answer) });
  return {
    ...state,
    fail: (problem) => setState({ isBusy: false, problem }),
    run: async (method, url, body) => {
      if (state.isBusy) return null;
      setState({ isBusy: true, problem: null });
      const answer = await askHub(sendToHub, method, url, body);
      done(answer);
      return answer.kind === "done" ? answer : null;
    },
    download: async (url, body, fileName) => {
      if (state.isBusy) return;
      setState({ isBusy: true, problem: null });
      done(await saveFromHub(url, body, fileName));
    },
  };
}
