/** `/api/v1/blackbox`: what clients said in the last minutes, as a file. */
import { Readable } from "node:stream";
import { z } from "zod";
import type { BlackBox } from "../blackbox/index.ts";
import type { Access } from "../identity/index.ts";
import { problem } from "./problem.ts";
import type { Routes } from "./routes.ts";

export interface SavedBlackBox {
  /** The file, as pieces of text, without the payloads on some topics. */
  save(redact: readonly string[]): AsyncIterable<string>;
  readonly figures: BlackBox["figures"];
}

export interface BlackBoxRoutes {
  /** `undefined`: nothing is recorded. */
  readonly blackBox: SavedBlackBox | undefined;
  readonly access: Pick<Access, "note">;
}

export function addBlackBoxRoutes(routes: Routes, { blackBox, access }: BlackBoxRoutes): void {
  routes.add({
    method: "POST",
    path: "/api/v1/blackbox",
    tag: "Operation",
    summary: "What clients said in the last minutes, packet by packet, without passwords",
    needs: "backup", // it has everybody's payloads in it, as a backup has
    body: z.strictObject({
      redact: z
        .array(z.string().min(1).max(1024))
        .max(100)
        .default([])
        .describe("Filters of topics whose payloads are left out"),
    }),
    answers: {
      200: { type: "application/x-ndjson", description: "A file for `unshub blackbox replay`" },
    },
    problems: [409],
    handle: ({ body: { redact }, caller, reply }) => {
      if (blackBox === undefined)
        return problem(409, "there is no black box: blackBox.record is false");
      const text = blackBox.save(redact);
      access.note(caller.changer, { action: "save black box", after: { redact }, result: "done" });
      void reply.type("application/x-ndjson");
      return Readable.from(text);
    },
  });
}
