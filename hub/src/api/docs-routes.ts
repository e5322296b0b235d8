/** `/api/v1/openapi.json`, and the same as a page to read, which asks nobody for anything. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { openApi } from "./openapi.ts";
import type { DescribedRoute, Routes } from "./routes.ts";

/** One version for all rooms. */
const VERSION = "0.1.0";

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{font-size:1.1rem;margin:2rem 0 .5rem}table{border-collapse:collapse;width:100%}
td{border-top:1px solid #8884;padding:.4rem .8rem .4rem 0;vertical-align:top}
code{font:13px/1.5 ui-monospace,monospace}small{opacity:.75}`;

export function addDocs(routes: Routes): void {
  routes.add({
    method: "GET",
    path: "/api/v1/openapi.json",
    tag: "About",
    summary: "This document",
    needs: "anyone",
    answers: { 200: z.looseObject({ openapi: z.string() }) },
    handle: () => openApi(routes.described, VERSION),
  });
  routes.add({
    method: "GET",
    path: "/api/v1/docs",
    tag: "About",
    summary: "All routes as a page",
    needs: "anyone",
    answers: { 200: { type: "text/html", description: "The page" } },
    handle: ({ reply }) => {
      const hash = createHash("sha256").update(STYLE).digest("base64");
      void reply
        .type("text/html; charset=utf-8")
        .header(
          "content-security-policy",
          `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'`,
        );
      return docsPage(routes.described);
    },
  });
}

function docsPage(routes: readonly DescribedRoute[]): string {
  const tags = [...new Set(routes.map(({ tag }) => tag))];
  const sections = tags.map((tag) => {
    const rows = routes.filter((route) => route.tag === tag).map(row);
    return `<h2>${escaped(tag)}</h2><table>${rows.join("")}</table>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width"><title>UNS Hub: administration</title><style>${STYLE}</style>
<h1>UNS Hub: administration</h1><p>The whole of it, with every field: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${sections.join("\n")}</html>
`;
}

function row({ method, path, summary, needs }: DescribedRoute): string {
  const who = needs === "anyone" ? "no login" : needs === "somebody" ? "any login" : needs;
  return `<tr><td><code>${method} ${escaped(path)}</code><td>${escaped(summary)}<br><small>${escaped(who)}</small>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
