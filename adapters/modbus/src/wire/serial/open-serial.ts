/** Chooses how a serial port is opened on this machine. */
import type { OpenCarrier } from "../carrier.ts";
import type { SerialLinkConfig } from "../link-config.ts";
import type { LinkContext } from "../link.ts";
import { libraryPortOpener } from "./library-port.ts";
import { ownPortOpener } from "./own-port.ts";

/** Opens the port of `config`; the log says once which way is taken. */
export function serialOpener(config: SerialLinkConfig, { log }: LinkContext): OpenCarrier {
  const { driver: wish = "auto", path } = config;
  const driver = wish === "auto" ? (process.platform === "linux" ? "own" : "serialport") : wish;
  log.info({ port: path, driver }, "serial port driver");
  return driver === "own" ? ownPortOpener(config) : libraryPortOpener(config);
}
