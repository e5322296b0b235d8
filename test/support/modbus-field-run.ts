/** A whole Modbus adapter on a field bus in simulated time, and who checks it. */
import modbus from "@unshub/adapter-modbus";
import type { Adapter, Logger } from "@unshub/adapter";
import { createModbusAdapter } from "../../adapters/modbus/src/adapter.ts";
import { openLink } from "../../adapters/modbus/src/wire/index.ts";
import { StillClock } from "./modbus-clock.ts";
import { FieldCheck, type CheckedDevice } from "./modbus-field-check.ts";
import { Field, type FieldOptions } from "./modbus-field.ts";

/** Milliseconds since 1970 at which simulated time begins. */
const BEGAN_AT = 1_700_000_000_000;

/** A day says much; what is kept of it would look like a leak. */
const ignore = (): void => undefined;
const DEAF_LOG: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export interface FieldRunOptions {
  /** As in the configuration file. */
  readonly config: object;
  readonly devices: readonly CheckedDevice[];
  readonly field: Omit<FieldOptions, "clock">;
}

export class FieldRun implements AsyncDisposable {
  readonly clock = new StillClock();
  readonly field: Field;
  readonly check: FieldCheck;
  readonly adapter: Adapter;

  constructor({ config, devices, field }: FieldRunOptions) {
    const { clock } = this;
    this.field = new Field({ ...field, clock });
    this.check = new FieldCheck(clock, devices);
    this.adapter = createModbusAdapter(
      modbus.parseConfig(config),
      {
        now: () => BEGAN_AT + clock.elapsedMs(),
        isSlow: () => false,
        dataDir: "/nowhere",
        log: DEAF_LOG,
        report: this.check,
      },
      {
        clock,
        random: () => 0.5,
        openLink: (link, context) => openLink(link, context, this.field.open),
      },
    );
  }

  static async start(options: FieldRunOptions): Promise<FieldRun> {
    const run = new FieldRun(options);
    await run.adapter.start();
    return run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.adapter.stop();
    await this.clock.pass(10_000);
    await stopped;
  }
}
