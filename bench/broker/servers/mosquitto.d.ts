/** Debian puts servers where only root looks. */
export declare const MOSQUITTO: string | undefined;
export declare const INSTALL_MOSQUITTO: string;
/** As in `2.0.11`; `undefined` when it is not installed. */
export declare function mosquittoVersion(): string | undefined;
/**
 * What Mosquitto keeps on disk, and when it writes it. Ours has one way: what it acknowledges is on disk.
 * `defaults`: every 30 minutes and at its end.
 */
export type Persistence = "none" | "defaults" | "every second" | "after every change";
export interface Place {
  readonly port: number;
  /** For everything it writes. */
  readonly folder: string;
  readonly persistence: Persistence;
}
/** Nothing dropped, nothing delayed. */
export declare function mosquittoConfig({ port, folder, persistence }: Place): string;
//# sourceMappingURL=mosquitto.d.ts.map
