import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Follow the feed by asking for it: {@code ByPull once} or {@code ByPull follow}.
 *
 * <p>{@code once} reads everything there is and ends, for a job that runs every night. {@code follow} then listens
 * to the stream and sees each event at once. Both go on from where the last run was.
 */
final class ByPull {
    private static final long RETRY_MILLISECONDS = 2_000;
    private static final int CONFLICT = 409;
    private static final int GONE = 410;
    private static final int BUSY = 429;

    private final Platform platform = new Platform();
    private final Store store;

    private ByPull() throws IOException, InterruptedException {
        store = platform.openStore();
    }

    /** Read, and go on reading if asked to, whatever happens to the connection. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        boolean once = arguments[0].equals("once");
        ByPull reader = new ByPull();
        while (true) {
            try {
                reader.readPages();
                if (once) {
                    return;
                }
                reader.listen();
            } catch (Platform.Refused refused) {
                if (refused.status == CONFLICT || refused.status == GONE) {
                    reader.platform.fill(reader.store);
                } else if (once || refused.status < 500 && refused.status != BUSY) {
                    throw refused;
                } else {
                    Thread.sleep(RETRY_MILLISECONDS);
                }
            } catch (IOException | UncheckedIOException broken) {
                if (once) {
                    throw broken;
                }
                Thread.sleep(RETRY_MILLISECONDS);
            }
        }
    }

    /** Read the log page by page, to its end. */
    private void readPages() throws IOException, InterruptedException {
        boolean more = true;
        while (more) {
            JsonNode page = platform.get("/events", store.cursor() == null
                    ? Map.of("limit", "500") : Map.of("limit", "500", "after", store.cursor()));
            List<JsonNode> events = new ArrayList<>();
            page.get("events").forEach(events::add);
            store.take(events, page.get("cursor").textValue());
            more = page.get("more").asBoolean();
        }
    }

    /** Take events as they come, until the platform closes the stream (after an hour at most). */
    private void listen() throws IOException, InterruptedException {
        String cursor = "";
        String data = "";
        Map<String, String> last = store.cursor() == null ? Map.of() : Map.of("Last-Event-ID", store.cursor());
        try (Stream<String> stream = platform.lines("/stream", last)) {
            for (Iterator<String> lines = stream.iterator(); lines.hasNext(); ) {
                String line = lines.next();
                if (line.startsWith("id:")) {
                    cursor = line.substring(3).strip();
                } else if (line.startsWith("data:")) {
                    data = line.substring(5).strip();
                } else if (line.isEmpty() && !data.isEmpty()) {
                    store.take(List.of(Store.JSON.readTree(data)), cursor);
                    data = "";
                }
            }
        }
    }
}
