import { askHub, sentenceOf } from "../lib/hub-request.ts";
import { parseRegisters, type RegisterQuestion, type Registers } from "../lib/registers.ts";
import { adapterUrl } from "../lib/tags.ts";
import { texts } from "../lib/texts.ts";
import { sendToHub } from "./browser-world.ts";

/** What was read, and from where. */
export interface Read {
  readonly asked: RegisterQuestion;
  readonly found: Registers;
}

export type AskRegisters = (
  at: string,
  count: number,
  seen?: { readonly seen: number; readonly tolerance?: number },
) => Promise<Registers | string>;

/** Asks what stands in registers of a device; a text says why it cannot be seen. */
export function askRegisters(adapter: string, device: string): AskRegisters {
  return async (at, count, seen) => {
    const body = { device, at, count, ...seen };
    const answer = await askHub(sendToHub, "POST", `${adapterUrl(adapter)}/registers`, body);
    if (answer.kind !== "done") return sentenceOf(answer);
    return parseRegisters(answer.value) ?? texts.notUnderstood;
  };
}
