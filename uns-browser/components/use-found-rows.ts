import type { TreeRow } from "@unshub/hub/feed";
import { useEffect, useState } from "react";
import { createApi } from "../lib/api.ts";

/** After the last letter. */
const ASK_AFTER_MS = 150;

interface Found {
  readonly text: string;
  readonly rows: readonly TreeRow[];
}

/** What the hub finds for a text over the whole namespace; `null` while nothing is known of it. */
export function useFoundRows(text: string): readonly TreeRow[] | null {
  const wanted = text.trim();
  const [found, setFound] = useState<Found>({ text: "", rows: [] });
  useEffect(() => {
    if (wanted === "") return;
    const question = new AbortController();
    const timer = setTimeout(() => {
      createApi((url, options) => fetch(url, options))
        .find(wanted, question.signal)
        .then(({ rows }) => setFound({ text: wanted, rows }))
        .catch(() => undefined); // the pill says what is wrong with the hub
    }, ASK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      question.abort();
    };
  }, [wanted]);
  return wanted === "" || found.text === "" ? null : found.rows;
}
