// Receive the feed as webhooks: `node by-webhook.ts`, behind a proxy that ends TLS.
//
// A call is answered with 204 once its event is on the disk. Any other answer, or none, and the platform tries
// again: nothing is lost while this program is down.
import { createServer, type IncomingMessage } from "node:http";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { openStore, Platform, setting } from "./platform.ts";
import type { CloudEvent } from "./store.ts";

const MAX_BODY_BYTES = 512 * 1024;
const VERIFICATION = "endpoint.verification.v1";
const TEST = "endpoint.test.v1";

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > MAX_BODY_BYTES) throw new WebhookVerificationError("the body is too long");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const webhook = new Webhook(setting("WEBHOOK_SECRET"));
const store = await openStore(new Platform());

createServer(async (request, answer) => {
  try {
    // Verify first: what is not signed is nobody's event.
    const event = webhook.verify(await bodyOf(request), request.headers as Record<string, string>) as CloudEvent;
    if (event.type === VERIFICATION) {
      answer.writeHead(200, { "Content-Type": "application/json" });
      answer.end(JSON.stringify({ code: event.data.code }));
      return;
    }
    if (event.type !== TEST) store.take([event]);
    answer.writeHead(204).end();
  } catch (error) {
    answer.writeHead(error instanceof WebhookVerificationError ? 400 : 500).end();
  }
}).listen(Number(setting("WEBHOOK_PORT")), "127.0.0.1");
