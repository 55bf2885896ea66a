import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.List;

/**
 * What a subscriber keeps: the newest that it was told of each thing, and how far it has read.
 *
 * <p>Two files in a folder: {@code state.json}, and {@code received.ndjson}, which has every delivery, doubles
 * included. Order, doubles and restarts need no more than this: each thing keeps its newest {@code sequence}. What
 * has a greater one is merged over what is known; anything else is a double, or late, and fills in only what is
 * missing. So an event may come as often as it likes. Of an erased person nothing is kept but the id.
 */
final class Store {
    static final ObjectMapper JSON = new ObjectMapper()
            .registerModule(new JavaTimeModule())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    private static final String ERASED = "person.erased.v1";

    private final Path file;
    private final Path received;
    private final boolean isNew;
    private String cursor;
    private ObjectNode things = JSON.createObjectNode();

    Store(Path folder) throws IOException {
        Files.createDirectories(folder);
        file = folder.resolve("state.json");
        received = folder.resolve("received.ndjson");
        isNew = !Files.exists(file);
        if (!isNew) {
            JsonNode state = JSON.readTree(file.toFile());
            cursor = state.get("cursor").textValue();
            things = (ObjectNode) state.get("things");
        }
    }

    /** Whether nothing was ever kept here. */
    boolean isNew() {
        return isNew;
    }

    /** How far the log was read; null before the first page. */
    String cursor() {
        return cursor;
    }

    /** Everything known, by source and subject. */
    ObjectNode things() {
        return things;
    }

    /** Keep what events say; when this returns it is on the disk, and may be acknowledged. */
    synchronized void take(List<JsonNode> events, String cursorAfter) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (JsonNode event : events) {
            lines.append(event).append('\n');
            apply(event);
        }
        Files.writeString(received, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        cursor = cursorAfter == null ? cursor : cursorAfter;
        save();
    }

    /** Replace everything by a snapshot, whose last line has the cursor from which changes follow. */
    synchronized void startFrom(Iterator<String> snapshot) throws IOException {
        ObjectNode before = things;
        things = JSON.createObjectNode();
        while (snapshot.hasNext()) {
            JsonNode line = JSON.readTree(snapshot.next());
            if (line.has("cursor")) {
                cursor = line.get("cursor").textValue();
                save();
                return;
            }
            apply(line);
        }
        things = before;
        throw new EOFException("the snapshot broke off: take it again");
    }

    private void apply(JsonNode event) {
        String name = event.get("source").textValue() + " " + event.get("subject").textValue();
        ObjectNode known = (ObjectNode) things.get(name);
        ObjectNode data = event.get("data").deepCopy();
        long sequence = event.get("sequence").asLong();
        if (event.get("type").textValue().equals(ERASED)) {
            forget(data.get("person_id"));
            if (known != null) {
                known.putObject("data");
            }
        }
        if (known == null) {
            known = things.putObject(name);
            known.set("data", data);
        } else if (sequence > known.get("sequence").asLong()) {
            ((ObjectNode) known.get("data")).setAll(data);
        } else {
            known.set("data", data.setAll((ObjectNode) known.get("data")));
            return;
        }
        known.put("type", event.get("type").textValue()).put("sequence", sequence);
    }

    private void forget(JsonNode personId) {
        for (JsonNode thing : things) {
            ObjectNode data = (ObjectNode) thing.get("data");
            if (personId.equals(data.get("person_id"))) {
                data.remove("person");
            }
        }
    }

    private void save() throws IOException {
        Path next = file.resolveSibling("state.new");
        ObjectNode state = JSON.createObjectNode().put("cursor", cursor).set("things", things);
        try (FileChannel out = FileChannel.open(next, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            out.write(ByteBuffer.wrap(JSON.writeValueAsBytes(state)));
            out.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
