/**
 * Every sentence a person reads on the page, one dictionary for each language: English here, Chinese in `texts-zh.ts`.
 * TypeScript says which sentences a dictionary lacks. The language is settled before this file is read and does not change
 * while the page is open: choosing another one loads the page again.
 */
import type { NodeKind } from "@unshub/hub/feed";
import { clientTexts } from "./texts-of-clients.ts";
import { metricTexts } from "./texts-of-metric.ts";
import { namespaceTexts } from "./texts-of-namespace.ts";
import { languageShown, type Language } from "./language.ts";
import { otherPages } from "./texts-of-pages.ts";
import { settingsTexts } from "./texts-of-settings.ts";
import type { Quality } from "./quality.ts";
import { chinese } from "./texts-zh.ts";

const english = {
  product: "UNS Hub",
  page: "Namespace",
  title: (hub: string) => `${hub} · Namespace · UNS Hub`,

  columns: {
    name: "Name",
    value: "Value",
    unit: "Unit",
    type: "Type",
    trend: "Trend",
    quality: "Quality",
    age: "Age",
    rate: "Rate",
    retained: "Retained",
  },
  perSecond: (rate: string) => `${rate} /s`,
  kinds: {
    group: "Group",
    edgeNode: "Edge node",
    device: "Device",
    folder: "Folder",
    metric: "Metric",
    place: "Place",
    topic: "Topic",
  } satisfies Record<NodeKind, string>,
  qualities: {
    good: "good",
    stale: "stale",
    bad: "bad",
    offline: "offline",
    uncertain: "uncertain",
    none: "nothing yet",
    "last-known": "last known",
    silent: "silent",
  } satisfies Record<Quality, string>,
  states: { online: "online", offline: "offline", "last-known": "last known" },
  was: { online: "was online", offline: "was offline", "last-known": "last known" },
  metricsBelow: (count: string) => `${count} metrics`,
  badBelow: (count: string) => `${count} bad`,
  staleBelow: (count: string) => `${count} stale`,
  silentBelow: (count: string) => `${count} silent`,
  treeLabel: "Namespace: groups, edge nodes, devices and metrics",
  noValue: "–",
  emptyName: "(empty)",
  clockAhead: "clock ahead",
  noTime: "no valid time",
  /** How long, in one unit. */
  spans: {
    seconds: (count: string) => `${count} s`,
    minutes: (count: string) => `${count} min`,
    hours: (count: string) => `${count} h`,
    days: (count: string) => `${count} d`,
  },

  live: {
    live: "LIVE",
    connecting: "CONNECTING",
    reconnecting: (tries: number) => `RECONNECTING (${tries})`,
    valuesFrom: (time: string) => `values from ${time}`,
    paused: (time: string) => `PAUSED ${time}`,
    past: (time: string) => `PAST ${time}`,
    lagging: (time: string) => `LAGGING ${time}`,
    restarted: "HUB RESTARTED",
    rates: (shown: string, received: string) => `${shown} shown / ${received} in /s`,
    ratesHelp: "values shown on this page / MQTT messages into the hub, per second",
    facts: {
      help: "Of each row only the last value is drawn, ten times a second at most: a picture of the stream, not a record of it.",
      shown: "Values shown here, a second",
      merged: "Changes that they stand for",
      changes: "Values that changed in the plant, a second",
      received: "MQTT messages into the hub, a second",
      lag: "The picture is late by",
      roundTrip: "The hub answers within",
      clock: "The hub's clock against this computer's",
      pages: "Pages open at this hub",
      protocol: "Protocol and build",
    },
  },
  liveNews: "Connected to the hub, values are live",
  badNews: (more: number, all: number) =>
    `${more} more ${more === 1 ? "metric is" : "metrics are"} bad, ${all} in all`,
  pausedNews: "Paused, values stand still",
  pause: "Pause (p)",
  resume: "Resume (p)",

  filter: {
    label: "Filter",
    placeholder: "Filter by any part of the path",
    hits: (hits: string) => `${hits} hits`,
    oneHit: "1 hit",
    cut: (shown: string) => `first ${shown} shown`,
    clear: "Clear filter",
    searching: "Searching…",
    none: (filter: string) => `No metric matches “${filter}”`,
    noneHelp:
      "Every word must be part of the path: group, edge node, device or metric name. Case does not matter.",
    notUnderstood: (part: string, says: string) => `${part}: ${says}`,
    language: "What the filter understands",
    examples: [
      ["vib", "part of the path, any case"],
      ['"press/line-1"', "whole parts of the path, exactly"],
      ["/^temp_\\d+$/", "pattern of the name"],
      ["plant1/+/line-1/#", "MQTT wildcards"],
      ["q:bad q:stale,offline", "quality"],
      ["type:float unit:bar", "datatype, unit"],
      ["group:P* node:gw-* device:press-01 alias:7", "where it is; * is anything"],
      ["value>90 value=true value~A-11", "what it is worth"],
      ["age>5m changed<10s", "how old the value is"],
      ["rate>5", "values a second, as it usually speaks"],
      ["silent", "usually speaks by the clock, and has not for long"],
      ["violations>0", "its edge node has broken rules"],
      ["src:modbus addr:hr:*", "adapter by name or protocol, address in the PLC"],
      ["client:gw-*", "the MQTT client that publishes it"],
      ["retained:yes", "its plain topic has a retained message"],
      ["writable:yes", "may be written"],
      ["-q:good", "not"],
      ["a | b", "either"],
    ] as readonly (readonly [text: string, means: string])[],
    failed: "The hub did not answer this search.",
  },

  theme: { light: "Theme: light", dark: "Theme: dark", system: "Theme: as the system" },

  /** What leads to the other language, in its own words. */
  otherLanguage: "中文",

  lost: {
    title: (time: string) =>
      `No connection to the hub since ${time}. All values are last known, not current.`,
    next: (tries: number) =>
      `Trying again by itself (try ${tries}). Is the hub running, and the network cable in?`,
    retry: "Try now",
  },
  absent: {
    title: "The hub does not answer yet",
    help: "It may still be starting: the page connects by itself as soon as it is there. If this stays, look whether the hub runs (npx unshub start) and whether this address is the right one.",
    tries: (tries: number) => `Tried ${tries} times.`,
  },
  restarted: "The hub was restarted. The tree was loaded again; values come in as they are heard.",
  otherRights:
    "An administrator has changed what you may see. This is what you may see now; the rest is not gone, it is not shown to you.",
  newVersion: "The hub has a new version of this page.",
  reload: "Reload",
  partMissing: "This part of the page could not be loaded.",
  failed: {
    title: "The tree could not be loaded",
    retry: "Try again",
  },

  empty: {
    title: "Nothing published yet",
    intro: "The hub is running and waits for data. Three ways in:",
    adapter: "Add an adapter for a PLC or a server",
    adapterHere: "On the page, at Adapters",
    adapterFile: "(it runs at once), or in unshub.yaml; then restart the hub:",
    edgeNode: "Connect a Sparkplug edge node to",
    publish: "Publish an edge node birth by hand",
    noRight: (name: string) =>
      `Or something was published that ${name} may not read: what is shown to you is decided by your grants, which an administrator can change (Settings, Users).`,
    byItself: "The tree appears here by itself with the first message that you may see.",
  },

  details: {
    session: "Its Sparkplug session",
    label: "Details",
    close: "Close details",
    nothing: "Select a row to see its value, its quality and its addresses.",
    hint: "Arrow keys move, / filters, ? shows all keys.",
    missing: "Not in the namespace (any more, or yet)",
    missingHelp: "It is shown here by itself as soon as it is born.",
    unanswered: "The hub did not say where this is",
    unansweredHelp: "It is asked again every few seconds.",
    failed: "The hub did not answer for this metric.",
    gone: "The hub no longer knows this metric.",
    path: "Path",
    group: "Group",
    edgeNode: "Edge node",
    device: "Device",
    metric: "Metric",
    unsPath: "Place in the plant",
    topic: "MQTT topic",
    datatype: "Datatype",
    alias: "alias",
    description: "Description",
    writable: "Writable",
    yes: "yes",
    no: "no",
    sourceTime: "Source time",
    hubDelta: (delta: string) => `hub ${delta}`,
    receivedAt: "Received",
    addresses: "Addresses",
    times: "Times",
    about: "About",
    below: "Below it",
    metrics: "Metrics",
    bad: "Bad",
    stale: "Stale",
    never: "never heard",
    lastKnown: (quality: string) => `last known, was ${quality}`,
    usual: "Usually every",
    silentBelow: "Silent",
    silent: (usual: string, span: string) => `Usually every ${usual}, silent for ${span}.`,
    clockAhead: (span: string) =>
      `The source's clock is ${span} ahead of the hub's, so the age of this value is not known. Set the clock of the source, or of the hub.`,
  },
  copy: (what: string) => `Copy ${what}`,
  copied: "Copied",
  copiedPath: (path: string) => `Copied ${path}`,
  notCopied: "The browser did not allow copying",

  keys: {
    title: "Keyboard",
    open: "Keyboard shortcuts (?)",
    close: "Close",
    letters: "Single keys are shortcuts",
    lettersHelp:
      "When off, p, g, / and ? do nothing, and each letter in the tree goes to the row whose name begins so. This browser remembers it.",
    list: [
      ["Up Down", "One row up or down"],
      ["PgUp PgDn", "One screen up or down"],
      ["Home End", "First or last row"],
      ["Right", "Unfold, or go to the first row below"],
      ["Left", "Fold, or go to the row above"],
      ["Shift Left", "Fold everything below"],
      ["*", "Unfold all rows beside this one"],
      [
        "A–Z",
        "The next row beside this one whose name begins so, also several letters; those that are keys of their own begin with Shift",
      ],
      ["Enter", "Open the page of the metric, or unfold"],
      ["Space", "Open the details"],
      ["r h e", "Raw messages, history as a table, explanation of the metric"],
      ["s", "Pin, or no longer"],
      ["y", "Copy the path"],
      [
        "Y",
        "Choose what to copy: UNS, Sparkplug, topic, origin, link, value, JSON; the right mouse button does the same",
      ],
      ["[ ]", "The metric in trouble before or after this one, in the whole namespace"],
      ["p", "Pause, resume"],
      ["/", "Filter"],
      ["Esc", "Clear the filter, then go back to live, then close the details"],
      [
        "g n",
        "Go to Namespace; g s Sparkplug, g d Diagnostics, g l Clients, g a Adapters, g c Commands, g u Audit, g t Certificates, g e Settings",
      ],
      ["Ctrl K", "Go to a page or a metric by its name"],
      ["?", "This list"],
    ] as readonly (readonly [keys: string, does: string])[],
  },

  entry: {
    absent: "The hub does not answer",
    absentHelp:
      "It may still be starting. This page goes on by itself as soon as the hub is there; if it stays, look whether the hub runs.",
    tries: (tries: number) => (tries === 1 ? "Tried once." : `Tried ${tries} times.`),
    unreachable: "The hub did not answer. Is it running, and the network cable in?",
    refused: (status: number) => `The hub refused this (${status}).`,
    unencrypted:
      "This connection is not encrypted: whoever listens on the network reads the password. listeners.http takes a certificate (cert, key).",
    name: "User name",
    password: "Password",
    show: "Show",
    hide: "Hide",
  },
  login: {
    title: "Sign in",
    page: "Sign in · UNS Hub",
    submit: "Sign in",
    busy: "Signing in…",
    incomplete: "Fill in user name and password.",
    help: "Forgotten the password? An administrator sets a new one: npx unshub user add NAME on the machine of the hub.",
  },
  welcome: {
    title: "Welcome",
    page: "Welcome · UNS Hub",
    intro:
      "Nobody can sign in to this hub yet. Make the first administrator, who adds everybody else.",
    code: "One-time code",
    codeHelp:
      "The hub shows it on its console when it starts; it is also in the file first-admin-code of its data directory. It is good for one hour; a restart makes a new one.",
    nameHelp: "Letters, digits, and . _ @ - inside.",
    passwordHelp: "At least 8 characters.",
    again: "Password again",
    submit: "Make administrator and sign in",
    busy: "Making the administrator…",
    incomplete: "Fill in the code and a user name.",
    different: "The two passwords differ.",
    closed: "This hub has its administrator",
    closedHelp:
      "Either somebody has made the first one already, or the hour of the code is over (a restart of the hub makes a new one), or this hub lets everybody in (identity.anonymous in unshub.yaml).",
    login: "Go to sign in",
    stepsTitle: "First steps",
    stepsIntro:
      "The hub ticks each step by itself as it happens; nothing has to be confirmed here.",
    steps: {
      broker: { title: "The MQTT server is up", help: "It opens its ports." },
      client: {
        title: "A first client is connected",
        help: "Connect any MQTT client: mosquitto_sub -h HOST -p 1883 -t '#'",
      },
      birth: {
        title: "A first edge node was born",
        help: "Connect a Sparkplug edge node, or add an adapter: it is one.",
      },
      value: {
        title: "An adapter has read a first value",
        help: "Add an adapter with the address of a PLC and a tag.",
      },
    },
    stepDone: "done",
    stepOpen: "not yet",
    doneOf: (done: number, all: number) => `${done} of ${all} done`,
    allDone: "All done: the hub is at work.",
    toNamespace: "Go to the namespace",
  },
  notUnderstood: "The hub answered in a way that this page does not know. Reload the page.",
  ...otherPages,
  settings: settingsTexts,
  ...clientTexts,
  ...metricTexts,
  ...namespaceTexts,
  account: {
    open: "Account",
    role: (name: string, role: string) => `Account: ${name}, ${role}`,
    everybody: "This hub asks nobody for a login: everybody may see and change everything.",
    readers: "Nobody is signed in. Everybody may read.",
    signIn: "Sign in",
    signOut: "Sign out",
  },

  notFound: {
    title: "There is no such page",
    link: "Go to the namespace",
  },
};

export type Texts = typeof english;

export const DICTIONARIES = { en: english, zh: chinese } satisfies Record<Language, Texts>;

export const texts: Texts = DICTIONARIES[languageShown()];
