import { useEffect, useState } from "react";
import { parseLoadedEntry, type LoadedEntry } from "../lib/adapter-kinds.ts";
import { askHub, sentenceOf } from "../lib/hub-request.ts";
import { texts } from "../lib/texts.ts";
import { sendToHub } from "./browser-world.ts";

export type EntryLoad =
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly because: string }
  | { readonly kind: "ready"; readonly loaded: LoadedEntry };

/** The entry of an adapter as it stands in the file now. */
export async function askEntry(name: string): Promise<Exclude<EntryLoad, { kind: "asking" }>> {
  const url = `/api/v1/adapter-entries/${encodeURIComponent(name)}`;
  const answer = await askHub(sendToHub, "GET", url);
  if (answer.kind !== "done") return { kind: "failed", because: sentenceOf(answer) };
  const loaded = parseLoadedEntry(answer.value);
  return loaded === null
    ? { kind: "failed", because: texts.notUnderstood }
    : { kind: "ready", loaded };
}

/** The same, asked once, since somebody changes it here. */
export function useLoadedEntry(name: string): EntryLoad {
  const [state, setState] = useState<EntryLoad>({ kind: "asking" });
  useEffect(() => {
    let isOpen = true;
    void askEntry(name).then((load) => (isOpen ? setState(load) : undefined));
    return () => {
      isOpen = false;
    };
  }, [name]);
  return state;
}
