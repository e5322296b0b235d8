import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { LANGUAGE_SCRIPT } from "../lib/language.ts";
import { texts } from "../lib/texts.ts";
import { THEME_SCRIPT } from "../lib/theme.ts";
// oxlint-disable-next-line import/no-unassigned-import -- a style sheet has nothing to assign
import "./globals.css";

export const metadata: Metadata = { title: `${texts.page} · ${texts.product}` };

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#ffffff" },
    { media: "(prefers-color-scheme: dark)", color: "#161a20" },
  ],
};

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    // The script below sets data-theme and lang before React looks at the page.
    <html lang="en" suppressHydrationWarning>
      <head>
        <script dangerouslySetInnerHTML={{ __html: `${LANGUAGE_SCRIPT};${THEME_SCRIPT}` }} />
      </head>
      <body>{children}</body>
    </html>
  );
}
