/** The door of what was heard: the last messages of each topic as they came, and what they say. */
export { birthsOf, topicOf, type BirthNews } from "./birth-changes.ts";
export { decodedMessage, namedBy } from "./decoded-message.ts";
export { LastMessages, type KeptMessage } from "./last-messages.ts";
