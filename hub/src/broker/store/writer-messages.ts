/** What the main thread and the writer thread of the store say to each other. */
import type { BrokerErrorCode } from "../errors.ts";
import type { PageRequest, QueuePage } from "./queue-page.ts";
import type { FileSettings } from "./schema.ts";
import type { BatchResult, Failure, WrittenBatch } from "./store-file.ts";
import type { PackedState } from "./stored-state.ts";

/** Given to the writer thread at its start. */
export interface WriterStart {
  readonly settings: FileSettings;
  /** Whether it is to send the stored state; a thread that replaces another is not. */
  readonly wantsState: boolean;
}

export type ToWriter =
  | { readonly kind: "write"; readonly batch: WrittenBatch }
  | { readonly kind: "read"; readonly id: number; readonly request: PageRequest }
  | { readonly kind: "probe" }
  | { readonly kind: "copy"; readonly to: string }
  | { readonly kind: "close" };

export type FromWriter =
  | {
      readonly kind: "opened";
      readonly state: PackedState | undefined;
      readonly damage: string | undefined;
      readonly migrated: string | undefined;
    }
  | { readonly kind: "refused"; readonly code: BrokerErrorCode; readonly message: string }
  | {
      readonly kind: "written";
      readonly number: number;
      readonly result: BatchResult;
      /** How long it took, in milliseconds. */
      readonly tookMs: number;
    }
  | { readonly kind: "page"; readonly id: number; readonly page: QueuePage }
  | { readonly kind: "unread"; readonly id: number; readonly because: string }
  | { readonly kind: "probed"; readonly failure: Failure | undefined }
  | { readonly kind: "copied"; readonly because: string | undefined }
  | { readonly kind: "closed" };
