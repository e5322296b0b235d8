import { createWriter } from "../lib/write.ts";
import { sendToHub, startTimer } from "./browser-world.ts";
import { say } from "./toast-text.ts";

/** The one write that this page may be busy with. */
export const writer = createWriter({ send: sendToHub, timer: startTimer, told: say });
