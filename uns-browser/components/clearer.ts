import { createClearer } from "../lib/clearing.ts";
import { sendToHub } from "./browser-world.ts";

/** The one deletion that this page may be busy with. */
export const clearer = createClearer(sendToHub);
