import { useCallback, useEffect } from "react";
import { createDraftCheck, type CheckState, type DraftCheck } from "../lib/draft-check.ts";
import { createSignal, type Signal } from "../lib/signal.ts";
import { changes, draftText, parseDraft, type Draft } from "../lib/tag-draft.ts";
import { sendToHub, startTimer } from "./browser-world.ts";
import { useOpened } from "./use-opened.ts";
import { useSignal } from "./use-signal.ts";

const drafts = new Map<string, Signal<Draft>>();

/** What somebody wants of the tags of a device; it outlives the page, as long as the tab of the browser is open. */
export function draftOf(adapter: string, device: string): Signal<Draft> {
  const key = `unshub.draft ${JSON.stringify([adapter, device])}`;
  const known = drafts.get(key);
  if (known !== undefined) return known;
  const signal = createSignal<Draft>(parseDraft(kept(key)));
  signal.subscribe(() => keep(key, signal.get()));
  drafts.set(key, signal);
  return signal;
}

/** Storage may be refused; a draft then ends with the page. */
function kept(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, draft: Draft): void {
  try {
    if (changes(draft) === 0) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, draftText(draft));
  } catch {
    // as above
  }
}

export function openCheck(adapter: string): DraftCheck {
  return createDraftCheck({ send: sendToHub, timer: startTimer }, adapter);
}

const NONE = createSignal<CheckState>({ kind: "none" });
/** Nobody wants an answer to half a word. */
const TYPING_MS = 350;

/** What the hub has to say to a draft. `body`: `null` when there is nothing to ask. */
export function useDraftCheck(adapter: string, body: object | null): CheckState {
  const check = useOpened(useCallback(() => openCheck(adapter), [adapter]));
  const text = body === null ? null : JSON.stringify(body);
  useEffect(() => {
    check?.check(text === null ? null : JSON.parse(text), TYPING_MS);
  }, [check, text]);
  return useSignal<CheckState>(check?.state ?? NONE);
}
