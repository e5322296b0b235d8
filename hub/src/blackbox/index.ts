/** The door of the black box: what clients said in the last minutes, saved to a file, and played again. */
export { BlackBox, type StandingBefore } from "./black-box.ts";
export { BlackBoxError, readBlackBox, type BlackBoxLine } from "./format.ts";
export { Player, type Played, type PlayerOptions } from "./player.ts";
