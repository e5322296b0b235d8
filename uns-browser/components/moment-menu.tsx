"use client";
import dynamic from "next/dynamic";
import type { Namespace } from "../lib/namespace.ts";
import { texts } from "../lib/texts.ts";
import { LazyMenu } from "./lazy-menu.tsx";
import { loaded } from "./loaded.tsx";

/** Loaded when somebody asks for the past for the first time. */
const MomentFields = dynamic(
  () => loaded(() => import("./moment-fields.tsx").then((file) => file.MomentFields)),
  { ssr: false },
);

const ExportMenu = dynamic(
  () => loaded(() => import("./export-menu.tsx").then((file) => file.ExportMenu)),
  { ssr: false },
);

/** Leads to the past: what changed since a moment, the tree as it was at one, and values as a file. */
export function MomentMenu({ page }: { readonly page: Namespace }) {
  return (
    <>
      <LazyMenu id="moment-menu" label={texts.past.open}>
        {(close) => <MomentFields page={page} onDone={close} />}
      </LazyMenu>
      <LazyMenu id="export-menu" label={texts.tools.export} icon="download">
        {(close) => <ExportMenu page={page} onDone={close} />}
      </LazyMenu>
    </>
  );
}
