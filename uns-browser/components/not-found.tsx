"use client";
import Link from "next/link";
import { texts } from "../lib/texts.ts";
import { Spoken } from "./spoken.tsx";

export function NotFound() {
  return (
    <Spoken>
      <main className="grid h-dvh place-content-center gap-2 text-center">
        <h1 className="text-lg font-semibold">{texts.notFound.title}</h1>
        <Link className="text-accent underline" href="/ns/" prefetch={false}>
          {texts.notFound.link}
        </Link>
      </main>
    </Spoken>
  );
}
