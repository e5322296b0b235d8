/** What a command may ask of the device itself. */
import type { DeviceControl } from "@unshub/adapter";

export interface Controlled {
  readonly isOnline: boolean;
  enable(): void;
  disable(): void;
  /** Says its birth again. */
  rebirth(): void;
  /** Asks for everything now. */
  poll(): void;
  /** A sentence when it has no interval. */
  useScanRate(ms: number): string | undefined;
}

/** Does what a command asks; a sentence when it cannot be done. */
export function obey(control: DeviceControl, device: Controlled): string | undefined {
  switch (control.kind) {
    case "enabled":
      if (control.isEnabled) device.enable();
      else device.disable();
      return undefined;
    case "rebirth":
      if (!device.isOnline) return "the device is offline";
      device.rebirth();
      return undefined;
    case "poll":
      if (!device.isOnline) return "the device is offline";
      device.poll();
      return undefined;
    case "scanRate":
      return device.useScanRate(control.ms);
    case "nothing":
      return undefined;
    case "refused":
      return control.because;
  }
}
