/** Adapters that are changed, renamed, stopped, started and tried, in English; `texts-of-adapter-entries-zh.ts` says the same in Chinese. */
import type { TrialStep } from "./trial.ts";

export type EntryTexts = typeof entryTextsEn;

export const entryTextsEn = {
  entries: {
    edit: "Edit",
    editOf: (name: string) => `Edit adapter ${name}`,
    editTitle: (name: string) => `Settings of adapter ${name}`,
    editHelp:
      "As they stand in the file, by the same names. Tags have a table of their own: choose a device.",
    settings: "Settings",
    noForm: "The hub has no form for this kind of adapter; change its entry in the file.",
    edited: (name: string) => `Adapter ${name} has its new settings.`,
    about: { memoryLimit: "what its thread may keep in memory, e.g. 512MiB" },
    renaming: (was: string, name: string) => [
      `From now on pages, log, figures and the audit trail call it ${name}; what they said of ${was} stays under that name.`,
      "Its group and edge node decide the Sparkplug topics and the paths of its metrics: as long as they stay, readers find everything where it was and its history goes on.",
      "Certificates that it trusts and what it has learnt of its devices go with it.",
    ],

    line: {
      polling: "polling",
      subscribed: "subscribed",
      tags: (tags: string) => `${tags} tags`,
      tagsIn: (tags: string, requests: string) => `${tags} tags in ${requests} requests`,
      cycle: (every: string) => `cycle ${every}`,
      cycleTakes: (every: string, took: string) => `cycle ${every}, takes ${took}`,
      errors: (share: string) => `errors ${share}`,
      testRead: "Test read",
      reading: "Reading…",
    },
    trial: {
      title: "Test of the connection",
      act: "Test connection",
      running: "Testing…",
      help: "Connects as it is written above and reads one value; nothing is saved.",
      notYet: "Can be tested once nothing above is wrong.",
      works: "The connection works.",
      fails: "The connection does not work.",
      done: "done:",
      failed: "failed:",
      steps: {
        connect: "Connection:",
        endpoints: "Endpoints:",
        certificate: "Certificate:",
        session: "Login:",
        read: "One value:",
      } satisfies Record<TrialStep["step"], string>,
      ms: (ms: string) => `${ms} ms`,
    },

    stopOf: (name: string) => `Stop adapter ${name}`,
    startOf: (name: string) => `Start adapter ${name}`,
    stop: {
      label: "Stop",
      title: (name: string) => `Stop adapter ${name}?`,
      help: "Nothing is asked of its devices any more. Its metrics keep their last values and are old; it stands in the file as enabled: false.",
      act: "Stop",
      done: (name: string) => `Adapter ${name} is stopped.`,
    },
    start: {
      label: "Start",
      title: (name: string) => `Start adapter ${name}?`,
      help: "It connects to its devices again; they are born as soon as they answer.",
      act: "Start",
      done: (name: string) => `Adapter ${name} is started.`,
    },
    because: "Why",
    becauseHelp: "for those who find it stopped; may be left out",
    stoppedBy: (by: string | null, since: string | null) =>
      [
        by === null ? "stopped in the file" : `stopped by ${by}`,
        ...(since === null ? [] : [`${since} ago`]),
      ].join(", "),
  },
};
