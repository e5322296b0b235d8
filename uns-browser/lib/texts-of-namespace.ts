/** The part of `texts.ts` for the past and for retained messages on the Namespace page; read it by `texts`. */

export const namespaceTexts = {
  past: {
    label: "Not now",
    open: "Since…",
    since: "What changed since",
    presets: ["1 min", "5 min", "1 h", "8 h"] as readonly string[],
    sincePause: (time: string) => `The pause at ${time}`,
    byHand: "A moment of the past",
    fields: { at: "Show everything as it was at", since: "Compare with" },
    show: "Show",
    noMoment: "Fill in one of the two times, or both for what differs between them.",
    future: "This moment has not come yet.",
    backwards: "The moment to compare with must be before the one that is shown.",
    change: (before: string, now: string) => `${before} → ${now}`,
    changesSince: (time: string) => `Changes since ${time}`,
    asOf: (time: string) => `The past: everything as it was at ${time}`,
    between: (from: string, to: string) => `The past: ${from} compared with ${to}`,
    noWrites: "Nothing can be written from here.",
    filterIsNow: "The filter looks at what is now.",
    asking: "Asking the history…",
    differ: (count: number, shown: string) =>
      count === 1 ? "1 metric differs" : `${shown} metrics differ`,
    asked: (differ: string, time: string) => `${differ}, as of ${time}`,
    only: "Only what changed",
    again: "Look again",
    csv: "CSV",
    end: "Back to live (Esc)",
    missing: (because: string) => `Values of the past are missing. ${because}`,
    none: "Nothing differs",
    noneHelp:
      "Every metric that the history records was worth the same at both moments. One that changed and came back is not in this list.",
    all: "Show everything",
    pausedSince: (time: string) => `Paused at ${time}`,
    missed: (count: number, shown: string) =>
      count === 1 ? "1 value changed since" : `${shown} values changed since`,
    whatChanged: "What changed?",
    resume: "Resume",
    noMessages: "Messages of the past are not kept. Go back to live to see the last ones.",
  },
  retained: {
    yes: "retained",
    title: "Delete retained messages",
    open: "Delete retained message…",
    openBelow: "Delete retained messages here and below…",
    openList: "Deleted in the last 24 h…",
    role: "Deleting retained messages needs the role engineer or admin.",
    asking: "Asking the hub…",
    nothing: "There is no retained message here.",
    dryRun: (count: number, bytes: string) =>
      `Dry run: nothing was deleted yet. ${count === 1 ? "1 message" : `${count} messages`} with ${bytes} bytes would go.`,
    tooMany:
      "There are more than one deletion may take (1000 messages, 8 MB). Choose a level further down.",
    topic: "Topic",
    size: "Bytes",
    publisher: "Published by",
    heard: (count: number) =>
      count === 1
        ? "Somebody subscribes to one of these topics and receives an empty message."
        : `Somebody subscribes to ${count} of these topics and receives empty messages.`,
    stays: "These stay:",
    undo: "What is deleted can be restored for 24 hours.",
    delete: (count: number) =>
      count === 1 ? "Delete retained message" : `Delete ${count} retained messages`,
    deleted: (count: number, until: string) =>
      `${count === 1 ? "1 retained message was" : `${count} retained messages were`} deleted and can be restored until ${until}.`,
    restore: "Restore",
    restoreOne: (filter: string) => `Restore ${filter}`,
    restored: (count: number) =>
      count === 1 ? "1 retained message is back." : `${count} retained messages are back.`,
    left: "These have another message meanwhile, or may not be changed by you, and stay as they are:",
    listed: "Deleted in the last 24 hours",
    noneListed: "Nothing was deleted in the last 24 hours.",
    about: (count: number, at: string, by: string) =>
      `${count === 1 ? "1 message" : `${count} messages`} at ${at} by ${by}`,
  },
};
