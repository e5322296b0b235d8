/** The door of the plant CA: certificates for a plant that has nobody else who makes them. */
export { PlantCa, PlantCaError } from "./plant-ca.ts";
export type { IssuedCertificate } from "./issued.ts";
