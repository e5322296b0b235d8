/** `/api/v1/openapi.json`, and the same as a page to read, which asks nobody for anything. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { hubVersion } from "../version.ts";
import { DOCS_STYLE, docsPage } from "./docs-page.ts";
import { openApi } from "./openapi.ts";
import type { Routes } from "./routes.ts";

export function addDocs(routes: Routes): void {
  routes.add({
    method: "GET",
    path: "/api/v1/openapi.json",
    tag: "About",
    summary: "This document",
    needs: "anyone",
    answers: { 200: z.looseObject({ openapi: z.string() }) },
    handle: () => openApi(routes.described, hubVersion()),
  });
  routes.add({
    method: "GET",
    path: "/api/v1/docs",
    tag: "About",
    summary: "All routes as a page",
    needs: "anyone",
    answers: { 200: { type: "text/html", description: "The page" } },
    handle: ({ reply }) => {
      const hash = createHash("sha256").update(DOCS_STYLE).digest("base64");
      void reply
        .type("text/html; charset=utf-8")
        .header(
          "content-security-policy",
          `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'`,
        );
      return docsPage(openApi(routes.described, hubVersion()));
    },
  });
}
