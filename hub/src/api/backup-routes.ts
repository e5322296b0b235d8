/** `/api/v1/backup`: everything in the data directory as one stream, while the hub runs. */
import { Readable } from "node:stream";
import { z } from "zod";
import { BackupError, type Backup } from "../backup/index.ts";
import type { Access } from "../identity/index.ts";
import { problem } from "./problem.ts";
import type { Routes } from "./routes.ts";

export interface BackupRoutes {
  readonly backup: Backup;
  readonly access: Pick<Access, "note">;
}

const SHORTEST_PASSPHRASE = 8;

export function addBackupRoutes(routes: Routes, { backup, access }: BackupRoutes): void {
  routes.add({
    method: "POST",
    path: "/api/v1/backup",
    tag: "Operation",
    summary: "Everything in the data directory as one stream; private keys only with a passphrase",
    needs: "backup",
    body: z.strictObject({
      passphrase: z
        .string()
        .min(SHORTEST_PASSPHRASE)
        .max(1024)
        .optional()
        .describe("Seals private keys and shared keys; without it they are left out"),
    }),
    answers: {
      200: { type: "application/octet-stream", description: "A file for `unshub restore`" },
    },
    problems: [409],
    handle: ({ body: { passphrase }, caller, reply }) => {
      try {
        const keys = passphrase === undefined ? "left out" : "sealed";
        const bytes = backup.start(passphrase);
        access.note(caller.changer, { action: "back up", after: { keys }, result: "asked" });
        void reply.type("application/octet-stream");
        return Readable.from(bytes, { objectMode: false, highWaterMark: 1 << 20 });
      } catch (error) {
        if (error instanceof BackupError) return problem(409, error.message);
        throw error;
      }
    },
  });
}
