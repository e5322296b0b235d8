/** The door of backups: made while the hub runs, checked as they are read, restored while it does not. */
export { Backup } from "./backup.ts";
export { RESTORING } from "./data-files.ts";
export { BackupError } from "./format.ts";
export { readBackup } from "./read-backup.ts";
export { restore } from "./restore.ts";
export { restoredAt } from "./restored-at.ts";
