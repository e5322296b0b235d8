/** Something that happened at a device and is no value: an alarm that came or went, an entry of its log. */

/** Survives the way to another thread, and JSON. */
export interface DeviceEvent {
  /** Names this very event among those of its device; told twice, it is the same event. */
  readonly id: string;
  /** What kind of event it is, in the device's words, e.g. `OverheatAlarmType`. */
  readonly type: string;
  /** What it happened to, in the device's words; empty when the device does not say. */
  readonly source: string;
  /** Milliseconds since 1970 UTC, by the device. */
  readonly at: number;
  /** 1, good to know, to 1000, act now. */
  readonly severity: number;
  /** For people. */
  readonly message: string;
  /** Of alarms and other conditions: how it stands now. */
  readonly condition?: {
    readonly name: string;
    readonly isActive: boolean;
    readonly isAcked: boolean;
    /** Whether it is still of interest. */
    readonly isRetained: boolean;
  };
}
