/** The table of tags as an editor, and adapters that come and go, in English; `texts-of-tag-table-zh.ts` says the same in Chinese. */
import type { ActionOutcome } from "./tag-actions.ts";
import type { CellLock } from "./tag-columns.ts";
import type { repeatFault } from "./tag-repeat.ts";

export type TagTableTexts = typeof tagTableTextsEn;

export const tagTableTextsEn = {
  cells: {
    tools: "What can be done to the cells that are selected",
    undo: "Undo",
    redo: "Redo",
    fillDown: "Fill down",
    replace: "Find and replace",
    repeat: "Repeat for more machines",
    remove: "Remove tags",
    keys: "Keys",
    help: [
      ["Enter, F2", "change the cell; Enter takes it and goes down, Tab goes right"],
      ["Esc", "leave the cell as it was"],
      ["Shift ↑ ↓ ← →", "select several cells"],
      [
        "Ctrl C, Ctrl V",
        "copy and paste, also from and to a spreadsheet; rows below the last are new tags",
      ],
      ["Ctrl D", "fill down"],
      ["Del", "empty the cells"],
      ["Shift Del", "remove the tags"],
      ["Ctrl Z, Ctrl Y", "undo, redo"],
      ["Ctrl H", "find and replace"],
      ["Ctrl Enter", "all settings of the tag"],
    ] as readonly (readonly [keys: string, does: string])[],
    locks: {
      told: () => "The hub tells this; nobody writes it.",
      inFile: (where: string) => `Stands in ${where}: it is changed there.`,
      inTemplate: (where: string) => `The name comes from ${where}: it is changed there.`,
      removed: () => "This tag goes. Undo, or open it and leave it as it is.",
    } satisfies Record<CellLock, (where: string) => string>,
    outcome: {
      added: (count: number) => (count === 1 ? "1 new tag." : `${count} new tags.`),
      removed: (count: number) => (count === 1 ? "1 tag goes." : `${count} tags go.`),
      changed: (count: number) => (count === 1 ? "1 cell changed." : `${count} cells changed.`),
      locked: (count: number) => `${count} cannot be changed here and stay.`,
      beyond: (count: number) =>
        count === 1 ? "1 column had no room." : `${count} columns had no room.`,
    } satisfies Record<keyof ActionOutcome, (count: number) => string>,
    nothing: "Nothing changed.",
    copied: "Copied.",
    tooMuchToCopy: "Only rows on screen can be copied; export the table for all of them.",
  },

  replace: {
    title: "Find and replace",
    asking: "Asking for the tags…",
    inAll: (count: string) => `In all ${count} tags of the device.`,
    inFiltered: (count: string) => `In the ${count} tags that fit the filter, and new ones.`,
    find: "Find",
    by: "Replace with",
    key: "In",
    anyKey: "every setting",
    isCaseKept: "Capital and small letters differ",
    isWhole: "Only where it is all that stands there",
    found: (count: string, locked: string) =>
      locked === "0"
        ? `Found in ${count} cells.`
        : `Found in ${count} cells, and in ${locked} that cannot be changed here.`,
    act: (count: string) => `Replace ${count}`,
  },

  repeat: {
    title: (count: string) => `Repeat ${count} tags for more machines`,
    intro:
      "The selected tags are those of one machine. They are made again for the next ones, with numbers that count on.",
    counted: "What counts on",
    countedHelp:
      "The machine as it stands in names, nodes and descriptions: Motor 1 becomes Motor 2.",
    times: "How many more",
    timesHelp: (most: string) => `1 to ${most}`,
    step: "Registers from one to the next",
    stepHelp: "0: all have the same address",
    faults: {
      times: "Say how many machines more there are.",
      step: "Say how many registers lie between two machines.",
      many: "That would be more than 20 000 tags at once.",
    } satisfies Record<NonNullable<ReturnType<typeof repeatFault>>, string>,
    act: (count: string) => `Take ${count} tags into the draft`,
  },

  file: {
    title: "The configuration as a file",
    intro:
      "What stands here is the file of the hub as it is now, with what was changed by hand. Passwords that are written in it are shown as ${kept}; a file that comes back so keeps them.",
    show: "Show as file",
    asking: "Asking for the file…",
    download: "Download",
  },

  raw: {
    none: "Nothing came since you look: it is shown with the next reading.",
    decode: "Every type and byte order of these bytes: Enter, or a click.",
    type: (type: string) => `Sent as ${type}.`,
    sampling: (span: string) => `The server looks at it every ${span}.`,
    publishing: (span: string) => `It sends what has changed every ${span}.`,
    status: {
      named: (name: string, means: string) => `${name}: ${means}`,
      good: "the value is right.",
      uncertain: "the server is not sure of the value.",
      bad: "the server has no usable value.",
      known: {
        Good: "the value is right.",
        GoodClamped: "the value was cut to its range.",
        GoodLocalOverride: "somebody has set the value by hand.",
        GoodOverload: "the server samples more slowly than asked: it has too much to do.",
        UncertainLastUsableValue: "the last value from before the source went away.",
        UncertainInitialValue: "a value from before the first reading.",
        UncertainSensorNotAccurate: "the sensor is outside its limits.",
        UncertainEngineeringUnitsExceeded: "the value is outside its range.",
        UncertainSubNormal: "fewer sources than needed agree on it.",
        BadWaitingForInitialData: "the server has not read its source yet.",
        BadNoCommunication: "the server does not reach the device behind it.",
        BadNotConnected: "the variable is connected to nothing.",
        BadDeviceFailure: "the device behind the server has failed.",
        BadSensorFailure: "the sensor has failed.",
        BadOutOfService: "the source is switched off.",
        BadNodeIdUnknown: "the server does not have this node.",
        BadNodeIdInvalid: "the node id cannot be right.",
        BadAttributeIdInvalid: "the node has no value.",
        BadIndexRangeNoData: "the list is shorter than that.",
        BadIndexRangeInvalid: "the range of the list cannot be right.",
        BadUserAccessDenied: "this user may not read it.",
        BadNotReadable: "nobody may read it.",
        BadNotSupported: "the server cannot do this.",
        BadTypeMismatch: "the value is of another type.",
        BadOutOfRange: "the value is outside its range.",
        BadDataEncodingUnsupported: "the server cannot send it in this form.",
        BadTimeout: "the source did not answer in time.",
        BadShutdown: "the server is stopping.",
        BadServerHalted: "the server has stopped its work.",
        BadInternalError: "the server has an error of its own.",
        BadOutOfMemory: "the server has no memory left.",
        BadTooManyMonitoredItems: "the server watches no more values.",
      },
    },
  },

  decode: {
    read: "Read it raw",
    help: "The registers at this address, in every type and byte order at once.",
    raw: (bytes: string) => `Raw ${bytes}`,
    act: {
      label: "Take this",
      of: (at: string, type: string) => `Read ${at} as ${type}`,
    },
  },

  adding: {
    act: "Add adapter",
    title: "Add an adapter",
    kind: "What it speaks",
    kinds: { modbus: "Modbus (TCP, TLS, RTU)", opcua: "OPC UA" },
    none: "This hub has no adapters that could be added.",
    about: {
      name: "by which this page and the log call it: letters, digits, dot, dash",
      group: "Sparkplug group, the first level of its topics",
      edgeNode: "Sparkplug edge node: one for each adapter",
    },
    begin: "Give it a name, a group and an edge node; then the hub says what it thinks of it.",
    list: "several with commas between",
    usual: (value: string) => `usually ${value}`,
    addTo: (name: string) => `Add to ${name}`,
    removeFrom: (name: string) => `Remove ${name}`,
    nameIn: (name: string) => `name in ${name}`,
    atFields: (count: number) =>
      count === 1 ? "1 field above is not right yet." : `${count} fields above are not right yet.`,
    done: (name: string) => `Adapter ${name} is there. More tags come by its device.`,
  },

  removing: {
    act: "Remove adapter",
    of: (name: string) => `Remove adapter ${name}`,
    title: (name: string) => `Remove adapter ${name}?`,
    help: "Its entry goes out of the file, with all its tags. Roll back brings it again.",
    done: (name: string) => `Adapter ${name} is gone.`,
  },
};
