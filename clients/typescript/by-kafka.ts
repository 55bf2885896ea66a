// Follow the feed on the tenant's own Kafka topic: `node by-kafka.ts`.
//
// Offsets are committed after the events are on the disk. A crash in between brings some of them again, which
// the store notices.
import { Consumer, MessagesStreamFallbackModes, MessagesStreamModes, type Message } from "@platformatic/kafka";
import { openStore, Platform, setting } from "./platform.ts";
import type { CloudEvent } from "./store.ts";

/** A reader with a name of its own has its place back at once after a crash; a second one is turned away. */
const READER = "reader";

/** A record as the same CloudEvent that the other ways give: its headers are the attributes. */
function cloudEvent(record: Message<Buffer, Buffer, Buffer, Buffer>): CloudEvent {
  const attributes: Record<string, string> = {};
  for (const [name, value] of record.headers) {
    if (name.toString().startsWith("ce_")) attributes[name.toString().slice(3)] = value.toString();
  }
  return { ...attributes, data: JSON.parse(record.value.toString()) } as unknown as CloudEvent;
}

const platform = new Platform();
const store = await openStore(platform);
const access = await platform.get("/kafka");
const consumer = new Consumer({
  clientId: "lernverbund-feed-subscriber",
  bootstrapBrokers: access.bootstrap_servers.split(","),
  groupId: access.group_prefix + (process.env.KAFKA_GROUP ?? "import"),
  tls: process.env.KAFKA_PROTOCOL === "SASL_PLAINTEXT" ? undefined : {},
  sasl: { mechanism: "SCRAM-SHA-512", username: access.username, password: setting("KAFKA_PASSWORD") },
  autocommit: false,
  groupInstanceId: READER,
});
const records = await consumer.consume({
  topics: [access.topic],
  mode: MessagesStreamModes.COMMITTED,
  fallbackMode: MessagesStreamFallbackModes.EARLIEST,
});
for await (const record of records) {
  store.take([cloudEvent(record)]);
  await record.commit();
}
