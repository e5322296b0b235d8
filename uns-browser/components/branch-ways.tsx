"use client";
import Link from "next/link";
import type { Account } from "../lib/account.ts";
import { decodePath } from "../lib/path.ts";
import { texts } from "../lib/texts.ts";
import { Explain } from "./explain.tsx";
import { useMayDiagnose } from "./use-account.ts";

interface BranchWaysProps {
  readonly account: Account | null;
  /** Of an edge node or a device. */
  readonly path: string;
}

/** From an edge node or a device in the tree to why it is as it is, its session and what was found. */
export function BranchWays({ account, path }: BranchWaysProps) {
  const mayDiagnose = useMayDiagnose(account);
  if (!mayDiagnose) return null;
  const names = decodePath(path);
  const node = names.slice(0, 2).join("/");
  return (
    <div className="grid gap-3 px-4 pb-4">
      <p className="flex flex-wrap gap-4">
        <Link
          className="text-accent underline"
          href={`/nodes/?n=${encodeURIComponent(node)}`}
          prefetch={false}
        >
          {texts.details.session}
        </Link>
        <Link
          className="text-accent underline"
          href={`/diag/?f=${encodeURIComponent(names.join("/"))}`}
          prefetch={false}
        >
          {texts.nodes.findings}
        </Link>
      </p>
      <Explain key={path} path={path} />
    </div>
  );
}
