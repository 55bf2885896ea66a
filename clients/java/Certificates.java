import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;

/** What the feed was read for: prints each certificate's person and address. */
final class Certificates {
    public static void main(String[] arguments) throws IOException {
        for (JsonNode thing : new Store(Path.of(Platform.setting("STATE_FOLDER"))).things()) {
            if (thing.get("type").textValue().equals(Models.CredentialIssuedV1.TYPE)) {
                print(Store.JSON.treeToValue(thing.get("data"), Models.CredentialIssuedV1.class));
            }
        }
    }

    private static void print(Models.CredentialIssuedV1 issued) {
        System.out.println(issued.person_id() + " " + issued.url());
    }
}
