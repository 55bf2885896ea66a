import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reaching the platform over HTTP: a token of the own machine client, then the addresses of one subscription. */
final class Platform {
    private static final Duration TOKEN_MARGIN = Duration.ofSeconds(30);
    private static final Duration ANSWER = Duration.ofSeconds(40);

    private final HttpClient http = HttpClient.newHttpClient();
    private final String base = setting("FEED_URL") + "/v1/subscriptions/" + setting("FEED_SUBSCRIPTION");
    private String token;
    private Instant expiresAt = Instant.MIN;

    /** The platform refused; the status and the problem document say why. */
    static final class Refused extends IOException {
        final int status;

        Refused(int status, String problem) {
            super(problem);
            this.status = status;
        }
    }

    /** A setting of the environment (see clients/README.md). */
    static String setting(String name) {
        String value = System.getenv(name);
        if (value == null) {
            throw new IllegalStateException("set " + name + ", see clients/README.md");
        }
        return value;
    }

    /** The store of the environment; a new one starts from the snapshot unless START says {@code beginning}. */
    Store openStore() throws IOException, InterruptedException {
        Store store = new Store(Path.of(setting("STATE_FOLDER")));
        if (store.isNew() && System.getenv().getOrDefault("START", "snapshot").equals("snapshot")) {
            fill(store);
        }
        return store;
    }

    /** Start a store from the snapshot. */
    void fill(Store store) throws IOException, InterruptedException {
        try (Stream<String> lines = lines("/snapshot", Map.of())) {
            store.startFrom(lines.iterator());
        }
    }

    /** Read one of the subscription's addresses. */
    JsonNode get(String path, Map<String, String> parameters) throws IOException, InterruptedException {
        HttpRequest request = request(path + "?" + form(parameters), Map.of());
        return Store.JSON.readTree(send(request, BodyHandlers.ofString()));
    }

    /** Read an address line by line, as the lines come. */
    Stream<String> lines(String path, Map<String, String> headers) throws IOException, InterruptedException {
        HttpResponse<Stream<String>> answer = http.send(request(path, headers), BodyHandlers.ofLines());
        if (answer.statusCode() != 200) {
            throw new Refused(answer.statusCode(), answer.body().collect(Collectors.joining()));
        }
        return answer.body();
    }

    private HttpRequest request(String path, Map<String, String> headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path)).timeout(ANSWER);
        headers.forEach(request::header);
        return request.header("Authorization", "Bearer " + accessToken()).build();
    }

    private String accessToken() throws IOException, InterruptedException {
        if (Instant.now().isAfter(expiresAt)) {
            String form = form(Map.of("grant_type", "client_credentials",
                    "client_id", setting("CLIENT_ID"), "client_secret", setting("CLIENT_SECRET")));
            HttpRequest request = HttpRequest.newBuilder(URI.create(setting("TOKEN_URL"))).timeout(ANSWER)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(form)).build();
            JsonNode answer = Store.JSON.readTree(send(request, BodyHandlers.ofString()));
            token = answer.get("access_token").textValue();
            expiresAt = Instant.now().plusSeconds(answer.get("expires_in").asLong()).minus(TOKEN_MARGIN);
        }
        return token;
    }

    private String send(HttpRequest request, BodyHandler<String> handler) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(request, handler);
        if (answer.statusCode() != 200) {
            throw new Refused(answer.statusCode(), answer.body());
        }
        return answer.body();
    }

    private static String form(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }
}
