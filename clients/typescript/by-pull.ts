// Follow the feed by asking for it: `node by-pull.ts once` or `node by-pull.ts follow`.
//
// `once` reads everything there is and ends, for a job that runs every night. `follow` then listens to the
// stream and sees each event at once. Both go on from where the last run was.
import { setTimeout as sleep } from "node:timers/promises";
import { openStore, Platform, Refused } from "./platform.ts";
import type { Store } from "./store.ts";

const RETRY_MILLISECONDS = 2_000;
const CONFLICT = 409;
const GONE = 410;
const BUSY = 429;

/** Read the log page by page, to its end. */
async function readPages(platform: Platform, store: Store): Promise<void> {
  let more = true;
  while (more) {
    const page = await platform.get("/events", { limit: "500", ...(store.cursor && { after: store.cursor }) });
    store.take(page.events, page.cursor);
    more = page.more;
  }
}

/** Take events as they come, until the platform closes the stream (after an hour at most). */
async function listen(platform: Platform, store: Store): Promise<void> {
  const last = store.cursor ? { "Last-Event-ID": store.cursor } : undefined;
  let cursor = "";
  let data = "";
  for await (const line of platform.lines("/stream", last)) {
    const colon = line.indexOf(":");
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (name === "id") cursor = value;
    else if (name === "data") data = value;
    else if (line === "" && data) {
      store.take([JSON.parse(data)], cursor);
      data = "";
    }
  }
}

/** Read, and go on reading if asked to, whatever happens to the connection. */
async function main(how: string | undefined): Promise<void> {
  const platform = new Platform();
  const store = await openStore(platform);
  while (true) {
    try {
      await readPages(platform, store);
      if (how === "once") return;
      await listen(platform, store);
    } catch (error) {
      const status = error instanceof Refused ? error.status : 0;
      if (status === CONFLICT || status === GONE) await platform.fill(store);
      else if (how === "once" || (status >= 400 && status < 500 && status !== BUSY)) throw error;
      else await sleep(RETRY_MILLISECONDS);
    }
  }
}

await main(process.argv[2]);
