import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Follow the feed on the tenant's own Kafka topic.
 *
 * <p>Offsets are committed after the events are on the disk. A crash in between brings some of them again, which
 * the store notices.
 */
final class ByKafka {
    private static final Duration POLL = Duration.ofSeconds(1);
    /** A reader with a name of its own has its place back at once after a crash; a second one is turned away. */
    private static final String READER = "reader";
    private static final String LOGIN =
            "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";";

    /** Read until it is ended. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Platform platform = new Platform();
        Store store = platform.openStore();
        JsonNode access = platform.get("/kafka", Map.of());
        try (var consumer = new KafkaConsumer<>(
                settings(access), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(access.get("topic").textValue()));
            while (true) {
                List<JsonNode> events = new ArrayList<>();
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    events.add(cloudEvent(record));
                }
                if (!events.isEmpty()) {
                    store.take(events, null);
                    consumer.commitSync();
                }
            }
        }
    }

    /** A record as the same CloudEvent that the other ways give: its headers are the attributes. */
    private static JsonNode cloudEvent(ConsumerRecord<byte[], byte[]> record) throws IOException {
        ObjectNode event = Store.JSON.createObjectNode();
        for (Header header : record.headers()) {
            if (header.key().startsWith("ce_")) {
                event.put(header.key().substring(3), new String(header.value(), StandardCharsets.UTF_8));
            }
        }
        return event.set("data", Store.JSON.readTree(record.value()));
    }

    private static Map<String, Object> settings(JsonNode access) {
        Map<String, String> environment = System.getenv();
        String password = Platform.setting("KAFKA_PASSWORD");
        return Map.of(
                "bootstrap.servers", access.get("bootstrap_servers").textValue(),
                "group.id", access.get("group_prefix").textValue() + environment.getOrDefault("KAFKA_GROUP", "import"),
                "security.protocol", environment.getOrDefault("KAFKA_PROTOCOL", "SASL_SSL"),
                "sasl.mechanism", "SCRAM-SHA-512",
                "sasl.jaas.config", LOGIN.formatted(access.get("username").textValue(), password),
                "group.instance.id", READER,
                "auto.offset.reset", "earliest",
                "enable.auto.commit", false);
    }
}
