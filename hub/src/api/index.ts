/** The door of the HTTP side. */
export { ApiError } from "./errors.ts";
export type { House, HttpRoom, RoomFigures } from "./http-room.ts";
export { PageFiles } from "./page-files.ts";
export { problem, Problem, sendProblem } from "./problem.ts";
export type { Api } from "./server.ts";
export { startApi } from "./start.ts";
export type { MessageWish, TopicTrials, TrialOutcome } from "./topic-rule-routes.ts";
export type { Caller } from "./who.ts";
