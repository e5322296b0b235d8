/** The PDU codec lives in `wire/`; this door stays until the engine of this folder has moved as well. */
export * from "./wire/pdu.ts";
