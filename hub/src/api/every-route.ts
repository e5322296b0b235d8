/** Every route under `/api/`, by what it is about. */
import type { FastifyRequest } from "fastify";
import { addAboutRoutes, type AboutRoutes } from "./about-routes.ts";
import { addAdapterRoutes } from "./adapter-routes.ts";
import { addAttentionRoute } from "./attention-routes.ts";
import { addAuditRoutes } from "./audit-routes.ts";
import { addAwareRoutes } from "./aware-routes.ts";
import { addBackupRoutes } from "./backup-routes.ts";
import { addBanRoutes } from "./ban-routes.ts";
import { addBlackBoxRoutes } from "./blackbox-routes.ts";
import { addClientRoutes } from "./client-routes.ts";
import { addCommandRoutes } from "./command-routes.ts";
import { addConfigurationRoutes } from "./configuration-routes.ts";
import { addNodeRoutes } from "./node-routes.ts";
import { addEntryRoutes } from "./entry-routes.ts";
import { addExplainRoutes } from "./explain-routes.ts";
import { addFindingMoreRoutes } from "./finding-more-routes.ts";
import { addFindingRoutes } from "./finding-routes.ts";
import { addGuardRoutes } from "./guard-routes.ts";
import { addHeardRoutes } from "./heard-routes.ts";
import { addHistoryRoutes } from "./history-routes.ts";
import { addIdentityRoutes } from "./identity-routes.ts";
import { addLookRoutes } from "./look-routes.ts";
import { addNamespaceRoutes } from "./namespace-routes.ts";
import { addPastRoutes } from "./past-routes.ts";
import { addReplayProposalRoutes } from "./replay-proposal-routes.ts";
import { addPinRoutes } from "./pin-routes.ts";
import { addReplayRoutes } from "./replay-routes.ts";
import { addRetainedRoutes } from "./retained-routes.ts";
import { addRuleRoutes } from "./rule-routes.ts";
import { addSessionRoutes } from "./session-routes.ts";
import { addTagChangeRoutes } from "./tag-change-routes.ts";
import { addTagRoutes } from "./tag-routes.ts";
import { addSinkRoutes } from "./sink-routes.ts";
import { addTopicRuleRoutes } from "./topic-rule-routes.ts";
import { addTopicRoutes } from "./topic-routes.ts";
import { addTrialRoutes } from "./trial-routes.ts";
import { addTrustRoutes } from "./trust-routes.ts";
import { addUnsRoutes } from "./uns-routes.ts";
import { addWorkRoutes } from "./work-routes.ts";
import type { Routes } from "./routes.ts";
import type { ApiOptions } from "./server.ts";
import type { Asking } from "./who.ts";

/** All rooms, and the server that the routes stand in. */
interface RouteOptions extends ApiOptions {
  readonly asking: (request: FastifyRequest) => Asking;
  readonly http: AboutRoutes["http"];
}

export function addRoutes(routes: Routes, options: RouteOptions): void {
  addPeople(routes, options);
  addAdapters(routes, options);
  addPlant(routes, options);
  addMessages(routes, options);
  addHub(routes, options);
}

/** Who may come in and what he did; clients of the MQTT server. */
function addPeople(routes: Routes, options: RouteOptions): void {
  addSessionRoutes(routes, options);
  addIdentityRoutes(routes, options);
  addAuditRoutes(routes, options);
  addClientRoutes(routes, options);
  addBanRoutes(routes, options);
}

function addAdapters(routes: Routes, options: RouteOptions): void {
  addAdapterRoutes(routes, options);
  addEntryRoutes(routes, options);
  addTagRoutes(routes, options);
  addTagChangeRoutes(routes, options);
  addWorkRoutes(routes, options);
  addLookRoutes(routes, options);
  addTrialRoutes(routes, options);
}

/** The tree, its past, what is written and what is wrong. */
function addPlant(routes: Routes, options: RouteOptions): void {
  const { epoch } = options.feed;
  addNamespaceRoutes(routes, { ...options, epoch });
  addCommandRoutes(routes, options);
  addHistoryRoutes(routes, options);
  addPinRoutes(routes, options);
  addPastRoutes(routes, { ...options, epoch });
  addAttentionRoute(routes, options);
  addNodeRoutes(routes, options);
  addExplainRoutes(routes, options);
  addFindingRoutes(routes, options);
  addFindingMoreRoutes(routes, options);
}

/** What Sparkplug nodes and clients say, the rules for it, and where it goes. */
function addMessages(routes: Routes, options: RouteOptions): void {
  addHeardRoutes(routes, options);
  addTopicRoutes(routes, options);
  addRetainedRoutes(routes, options);
  addSinkRoutes(routes, options);
  addUnsRoutes(routes, options);
  addGuardRoutes(routes, options);
  addRuleRoutes(routes, options);
  addTopicRuleRoutes(routes, options);
  addAwareRoutes(routes, options);
  addReplayRoutes(routes, options);
  addReplayProposalRoutes(routes, options);
}

/** The hub itself: what it trusts and keeps, how it is set up, what it is made of. */
function addHub(routes: Routes, options: RouteOptions): void {
  addTrustRoutes(routes, { ...options, hasClients: options.listeners.opcua !== undefined });
  addBackupRoutes(routes, options);
  addBlackBoxRoutes(routes, options);
  addConfigurationRoutes(routes, options);
  addAboutRoutes(routes, options);
}
