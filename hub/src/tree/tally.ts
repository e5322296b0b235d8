/** How often an edge node itself, or a device, spoke, was born and died since somebody began to count; and how busy it is. */
import { MessageRate } from "./message-rate.ts";

export class Tally {
  readonly rate = new MessageRate();
  /** Births and deaths are messages, too. */
  messages = 0;
  births = 0;
  deaths = 0;
  /** When its last message came, milliseconds since 1970 UTC; 0: none did since the hub started. */
  lastAt = 0;

  /** `at`: as above. */
  heard(at: number): void {
    this.messages += 1;
    this.lastAt = at;
    this.rate.heard(at);
  }

  born(at: number): void {
    this.heard(at);
    this.births += 1;
  }

  died(at: number): void {
    this.heard(at);
    this.deaths += 1;
  }

  startOver(): void {
    this.messages = 0;
    this.births = 0;
    this.deaths = 0;
  }
}
