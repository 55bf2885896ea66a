// What a subscriber keeps: the newest that it was told of each thing, and how far it has read.
import { appendFileSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A CloudEvent in JSON, as the feed gives it. A line of the snapshot has the same members, but for the id. */
export interface CloudEvent {
  id?: string;
  source: string;
  subject: string;
  sequence: string;
  type: string;
  data: Record<string, unknown>;
}

export interface Thing {
  type: string;
  sequence: number;
  data: Record<string, unknown>;
}

const ERASED = "person.erased.v1";

/**
 * Two files in a folder: `state.json`, and `received.ndjson`, which has every delivery, doubles included.
 *
 * Order, doubles and restarts need no more than this: each thing keeps its newest `sequence`. What has a
 * greater one is merged over what is known; anything else is a double, or late, and fills in only what is
 * missing. So an event may come as often as it likes. Of an erased person nothing is kept but the id.
 */
export class Store {
  cursor: string | null = null;
  things: Record<string, Thing> = {};
  readonly isNew: boolean;
  readonly #file: string;
  readonly #received: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, "state.json");
    this.#received = join(folder, "received.ndjson");
    this.isNew = !existsSync(this.#file);
    if (!this.isNew) ({ cursor: this.cursor, things: this.things } = JSON.parse(readFileSync(this.#file, "utf8")));
  }

  /** Keep what events say; when this returns it is on the disk, and may be acknowledged. */
  take(events: CloudEvent[], cursor: string | null = null): void {
    appendFileSync(this.#received, events.map((event) => JSON.stringify(event) + "\n").join(""));
    for (const event of events) this.#apply(event);
    this.cursor = cursor ?? this.cursor;
    this.#save();
  }

  /** Replace everything by a snapshot, whose last line has the cursor from which changes follow. */
  async startFrom(snapshot: AsyncIterable<string>): Promise<void> {
    const before = this.things;
    this.things = {};
    for await (const text of snapshot) {
      const line = JSON.parse(text);
      if ("cursor" in line) {
        this.cursor = line.cursor;
        return this.#save();
      }
      this.#apply(line);
    }
    this.things = before;
    throw new Error("the snapshot broke off: take it again");
  }

  #apply(event: CloudEvent): void {
    const name = `${event.source} ${event.subject}`;
    const known = this.things[name];
    const sequence = Number(event.sequence);
    if (event.type === ERASED) {
      this.#forget(event.data.person_id);
      if (known) known.data = {};
    }
    if (!known || sequence > known.sequence) {
      this.things[name] = { type: event.type, sequence, data: { ...known?.data, ...event.data } };
    } else {
      known.data = { ...event.data, ...known.data };
    }
  }

  #forget(personId: unknown): void {
    for (const thing of Object.values(this.things)) {
      if (thing.data.person_id === personId) delete thing.data.person;
    }
  }

  #save(): void {
    const out = openSync(this.#file + ".new", "w");
    writeSync(out, JSON.stringify({ cursor: this.cursor, things: this.things }));
    fsyncSync(out);
    closeSync(out);
    renameSync(this.#file + ".new", this.#file);
  }
}
