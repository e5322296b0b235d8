"use client";
import { useEffect, useState } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import { sentenceOf, type Answer } from "../lib/hub-request.ts";
import { readFromHub } from "./browser-world.ts";
import { Sheet } from "./sheet.tsx";

const { file: said } = words;
const URL_OF_TEXT = "/api/v1/configuration/text";

/** The file of the hub as it stands, by hand changed or from here. */
export function FileSheet({ onClose }: { readonly onClose: () => void }) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    let isOpen = true;
    void readFromHub(URL_OF_TEXT).then((text) => (isOpen ? setAnswer(text) : undefined));
    return () => {
      isOpen = false;
    };
  }, []);
  return (
    <Sheet isWide title={said.title} onClose={onClose}>
      <div className="grid gap-3">
        <p className="text-mute">{said.intro}</p>
        <Text answer={answer} />
        <div className="flex flex-wrap justify-end gap-2">
          <a className="push-button" href={URL_OF_TEXT} download="unshub.yaml">
            {said.download}
          </a>
          <button type="button" className="push-button" onClick={onClose}>
            {words.review.close}
          </button>
        </div>
      </div>
    </Sheet>
  );
}

function Text({ answer }: { readonly answer: Answer | null }) {
  if (answer === null) return <output className="text-mute">{said.asking}</output>;
  if (answer.kind !== "done") return <p className="notice notice-bad">{sentenceOf(answer)}</p>;
  return (
    <pre
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and keys must reach it
      tabIndex={0}
      data-file=""
      className="figures max-h-[60dvh] overflow-auto rounded-md bg-panel2 px-3 py-2 text-xs"
    >
      {String(answer.value)}
    </pre>
  );
}
