import com.fasterxml.jackson.databind.JsonNode;
import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.EmptyWebhookSecretException;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executors;

/**
 * Receive the feed as webhooks, behind a proxy that ends TLS.
 *
 * <p>A call is answered with 204 once its event is on the disk. Any other answer, or none, and the platform tries
 * again: nothing is lost while this program is down.
 */
final class ByWebhook {
    private static final int MAX_BODY_BYTES = 512 * 1024;
    private static final int NO_BODY = -1;
    private static final String VERIFICATION = "endpoint.verification.v1";
    private static final String TEST = "endpoint.test.v1";

    private final Webhook webhook;
    private final Store store;

    private ByWebhook(String secret, Store store) throws EmptyWebhookSecretException {
        webhook = new Webhook(secret);
        this.store = store;
    }

    /** Serve until it is ended. */
    public static void main(String[] arguments) throws Exception {
        ByWebhook receiver = new ByWebhook(Platform.setting("WEBHOOK_SECRET"), new Platform().openStore());
        int port = Integer.parseInt(Platform.setting("WEBHOOK_PORT"));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", receiver::take);
        server.start();
    }

    /** Verify first: what is not signed is nobody's event. */
    private void take(HttpExchange call) throws IOException {
        try (call) {
            String body = new String(call.getRequestBody().readNBytes(MAX_BODY_BYTES), StandardCharsets.UTF_8);
            try {
                webhook.verify(body, HttpHeaders.of(call.getRequestHeaders(), (name, value) -> true).map());
            } catch (WebhookVerificationException notSigned) {
                call.sendResponseHeaders(400, NO_BODY);
                return;
            }
            answer(call, Store.JSON.readTree(body));
        }
    }

    private void answer(HttpExchange call, JsonNode event) throws IOException {
        String type = event.get("type").textValue();
        if (type.equals(VERIFICATION)) {
            byte[] code = Store.JSON.createObjectNode().set("code", event.at("/data/code"))
                    .toString().getBytes(StandardCharsets.UTF_8);
            call.getResponseHeaders().set("Content-Type", "application/json");
            call.sendResponseHeaders(200, code.length);
            call.getResponseBody().write(code);
            return;
        }
        if (!type.equals(TEST)) {
            store.take(List.of(event), null);
        }
        call.sendResponseHeaders(204, NO_BODY);
    }
}
