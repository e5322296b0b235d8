/** The entry of the writer thread: opens the file, then does what the main thread says, one thing after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { tidyMemoryAfterStart } from "../../tidy-memory.ts";
import { BrokerError } from "../errors.ts";
import { openFile, type OpenedFile } from "./open-file.ts";
import { StoreFile, type WrittenBatch } from "./store-file.ts";
import { Sweeping } from "./sweeping.ts";
import type { FromWriter, ToWriter, WriterStart } from "./writer-messages.ts";

const { settings, wantsState }: WriterStart = workerData;
const opened = open();
if (opened !== undefined) {
  const file = new StoreFile(opened.database, settings);
  const sweeping = new Sweeping(file);
  parentPort?.on("message", (message: ToWriter) => {
    obey(file, message);
    if (message.kind === "write") sweeping.schedule();
    if (message.kind === "close") sweeping.stop();
  });
  sweeping.schedule();
  const state = wantsState ? opened.state : undefined;
  const { damage, migrated } = opened;
  tell({ kind: "opened", state, damage, migrated }, [opened.state.retained]);
  tidyMemoryAfterStart();
}

function open(): OpenedFile | undefined {
  try {
    return openFile(settings);
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    tell({ kind: "refused", code: error.code, message: error.message });
    return undefined;
  }
}

function obey(file: StoreFile, message: ToWriter): void {
  switch (message.kind) {
    case "write":
      write(file, message.batch);
      return;
    case "read":
      read(file, message);
      return;
    case "probe":
      tell({ kind: "probed", failure: file.probe() });
      return;
    case "copy":
      void file.copyTo(message.to).then((because) => tell({ kind: "copied", because }));
      return;
    case "close":
      file.close();
      tell({ kind: "closed" });
      parentPort?.close();
  }
}

function write(file: StoreFile, batch: WrittenBatch): void {
  const began = performance.now();
  const result = file.write(batch);
  tell({ kind: "written", number: batch.number, result, tookMs: performance.now() - began });
}

function read(file: StoreFile, { id, request }: Extract<ToWriter, { kind: "read" }>): void {
  try {
    const page = file.page(request);
    tell({ kind: "page", id, page }, [page.records]);
  } catch (error) {
    tell({ kind: "unread", id, because: error instanceof Error ? error.message : String(error) });
  }
}

function tell(message: FromWriter, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}
