import { useCallback, useEffect } from "react";
import { createDraftCheck, type CheckState, type DraftCheck } from "../lib/draft-check.ts";
import { createSignal, type Signal } from "../lib/signal.ts";
import { changes, draftText, NO_DRAFT, parseDraft, type Draft } from "../lib/tag-draft.ts";
import { adapterUrl } from "../lib/tags.ts";
import { sendToHub, startTimer } from "./browser-world.ts";
import { useOpened } from "./use-opened.ts";
import { useSignal } from "./use-signal.ts";

const drafts = new Map<string, Signal<Draft>>();

/** What somebody wants of the tags of a device; it outlives the page, as long as the tab of the browser is open. */
export function draftOf(adapter: string, device: string): Signal<Draft> {
  return draftAt(`${beginOf(adapter)}${JSON.stringify(device)}]`);
}

/** Of the keys of all drafts of an adapter. */
function beginOf(adapter: string): string {
  return `unshub.draft [${JSON.stringify(adapter)},`;
}

function draftAt(key: string): Signal<Draft> {
  const known = drafts.get(key);
  if (known !== undefined) return known;
  const signal = createSignal<Draft>(parseDraft(kept(key)));
  signal.subscribe(() => keep(key, signal.get()));
  drafts.set(key, signal);
  return signal;
}

/** An adapter has another name: what is wanted of its tags goes with it. */
export function moveDrafts(from: string, to: string): void {
  for (const key of new Set([...drafts.keys(), ...keptKeys()])) {
    if (!key.startsWith(beginOf(from))) continue;
    const mine = draftAt(key);
    draftAt(`${beginOf(to)}${key.slice(beginOf(from).length)}`).set(mine.get());
    mine.set(NO_DRAFT);
  }
}

function keptKeys(): readonly string[] {
  try {
    return Object.keys(sessionStorage);
  } catch {
    return [];
  }
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

/** `url`: of the plan. */
export function openCheck(url: string): DraftCheck {
  return createDraftCheck({ send: sendToHub, timer: startTimer }, url);
}

export function tagPlanUrl(adapter: string): string {
  return `${adapterUrl(adapter)}/tags/plan`;
}

const NONE = createSignal<CheckState>({ kind: "none" });
/** Nobody wants an answer to half a word. */
const TYPING_MS = 350;

/** What the hub has to say to a draft. `body`: `null` when there is nothing to ask. */
export function useDraftCheck(url: string, body: object | null): CheckState {
  const check = useOpened(useCallback(() => openCheck(url), [url]));
  const text = body === null ? null : JSON.stringify(body);
  useEffect(() => {
    check?.check(text === null ? null : JSON.parse(text), TYPING_MS);
  }, [check, text]);
  return useSignal<CheckState>(check?.state ?? NONE);
}
