/** Puts the parts of a link together. */
import type { OpenCarrier } from "./carrier.ts";
import { libraryParts } from "./library-link.ts";
import { linkName, type LinkConfig } from "./link-config.ts";
import { WireLink, type LinkContext, type LinkParts, type ModbusLink } from "./link.ts";
import { RtuBus } from "./rtu-bus.ts";
import { serialOpener } from "./serial/open-serial.ts";
import { tcpOpener } from "./tcp-carrier.ts";
import { TcpTransactions } from "./tcp-transactions.ts";
import { tlsOpener } from "./tls-carrier.ts";

/** A link that is not started yet. Opens nothing. `open`: instead of the socket or port that `config` asks for. */
export function openLink(config: LinkConfig, context: LinkContext, open?: OpenCarrier): ModbusLink {
  const parts = partsOf(config, context);
  return new WireLink(config, context, open === undefined ? parts : { ...parts, open });
}

function partsOf(config: LinkConfig, context: LinkContext): LinkParts {
  if (config.transport === "modbus-serial") return libraryParts(config);
  const name = linkName(config);
  switch (config.framing) {
    case "tcp":
      return {
        open: tcpOpener(config, name),
        engine: (host) => new TcpTransactions(host, config),
        replacesSilent: true,
      };
    case "tls":
      return {
        open: tlsOpener(config, name, config.tls),
        engine: (host) => new TcpTransactions(host, config),
        replacesSilent: true,
      };
    case "rtuOverTcp":
      return {
        open: tcpOpener(config, name),
        engine: (host) => new RtuBus(host, config),
        replacesSilent: true,
      };
    case "rtu":
      return {
        open: serialOpener(config, context),
        engine: (host) => new RtuBus(host, config),
        replacesSilent: false,
      };
  }
}
