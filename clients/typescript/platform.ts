// Reaching the platform over HTTP: a token of the own machine client, then the feed's addresses.
import { Store } from "./store.ts";

const TOKEN_MARGIN_SECONDS = 30;
/** The stream sends a sign of life every 15 s; silence for longer means that the connection is dead. */
const SILENCE_MILLISECONDS = 40_000;

/** The platform refused; `status` and the problem document say why. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, problem: string) {
    super(problem);
    this.status = status;
  }
}

/** A setting of the environment (see clients/README.md). */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}, see clients/README.md`);
  return value;
}

/** One subscription, with the credentials of the environment. */
export class Platform {
  readonly #base = `${setting("FEED_URL")}/v1/subscriptions/${setting("FEED_SUBSCRIPTION")}`;
  #token = "";
  #expiresAt = 0;

  /** Read one of the subscription's addresses. */
  async get(path: string, parameters: Record<string, string> = {}): Promise<any> {
    const query = new URLSearchParams(parameters);
    return (await this.#ask(`${path}?${query}`, {}, AbortSignal.timeout(SILENCE_MILLISECONDS))).json();
  }

  /** Read an address line by line, as the lines come. */
  async *lines(path: string, headers: Record<string, string> = {}): AsyncGenerator<string> {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error("silence")), SILENCE_MILLISECONDS);
    try {
      const answer = await this.#ask(path, headers, silence.signal);
      let rest = "";
      for await (const text of answer.body!.pipeThrough(new TextDecoderStream())) {
        timer.refresh();
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        yield* lines.map((line) => line.trimEnd());
      }
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  /** Start a store from the snapshot. */
  async fill(store: Store): Promise<void> {
    await store.startFrom(this.lines("/snapshot"));
  }

  async #ask(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const Authorization = `Bearer ${await this.#accessToken()}`;
    const answer = await fetch(this.#base + path, { headers: { ...headers, Authorization }, signal });
    if (!answer.ok) throw new Refused(answer.status, await answer.text());
    return answer;
  }

  async #accessToken(): Promise<string> {
    if (performance.now() > this.#expiresAt) {
      const body = new URLSearchParams({
        grant_type: "client_credentials",
        client_id: setting("CLIENT_ID"),
        client_secret: setting("CLIENT_SECRET"),
      });
      const answer = await fetch(setting("TOKEN_URL"), { method: "POST", body });
      if (!answer.ok) throw new Refused(answer.status, await answer.text());
      const token = (await answer.json()) as { access_token: string; expires_in: number };
      this.#token = token.access_token;
      this.#expiresAt = performance.now() + (token.expires_in - TOKEN_MARGIN_SECONDS) * 1000;
    }
    return this.#token;
  }
}

/** The store of the environment; a new one starts from the snapshot unless START says `beginning`. */
export async function openStore(platform: Platform): Promise<Store> {
  const store = new Store(setting("STATE_FOLDER"));
  if (store.isNew && (process.env.START ?? "snapshot") === "snapshot") await platform.fill(store);
  return store;
}
