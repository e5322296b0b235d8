import { execFileSync } from "node:child_process";
import type { NextConfig } from "next";
import { PHASE_DEVELOPMENT_SERVER } from "next/constants.js";

const HUB = "http://127.0.0.1:8080";

/** The id of this build: from `scripts/build-page.ts`, else the git commit, else a fixed word. */
function buildId(): string {
  const given = process.env["UNSHUB_BUILD"];
  if (given !== undefined && given !== "") return given;
  try {
    return execFileSync("git", ["rev-parse", "--short=12", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown"; // no git and no id: a build from a tarball
  }
}

export default function config(phase: string): NextConfig {
  const id = buildId();
  const common: NextConfig = {
    trailingSlash: true,
    poweredByHeader: false,
    images: { unoptimized: true },
    generateBuildId: () => id,
    env: { UNSHUB_BUILD: id },
    agentRules: false,
    // Types are checked by `npm run types`, for all rooms at once; a first start has nothing to check them against.
    typescript: { ignoreBuildErrors: true },
    experimental: { agentUpgrade: false, agentFeedback: false },
  };
  // An export refuses rewrites, and development needs them to reach the hub; so it is one or the other.
  if (phase !== PHASE_DEVELOPMENT_SERVER) return { ...common, output: "export" };
  return {
    ...common,
    rewrites: async () => [
      { source: "/api/:path*", destination: `${HUB}/api/:path*` },
      { source: "/live", destination: `${HUB}/live` },
    ],
  };
}
