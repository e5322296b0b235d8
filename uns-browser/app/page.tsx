import Link from "next/link";
import { texts } from "../lib/texts.ts";

/** The way in leads to the namespace; without a script, so that it works at once. */
export default function Start() {
  return (
    <>
      <meta httpEquiv="refresh" content="0; url=/ns/" />
      <p className="p-5">
        <Link className="text-accent underline" href="/ns/" prefetch={false}>
          {texts.notFound.link}
        </Link>
      </p>
    </>
  );
}
