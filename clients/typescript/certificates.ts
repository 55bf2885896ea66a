// What the feed was read for: `node certificates.ts` prints each certificate's person and address.
import type { CredentialIssuedV1 } from "./models.ts";
import { setting } from "./platform.ts";
import { Store } from "./store.ts";

for (const thing of Object.values(new Store(setting("STATE_FOLDER")).things)) {
  if (thing.type === "credential.issued.v1") {
    const issued = thing.data as unknown as CredentialIssuedV1;
    console.log(`${issued.person_id} ${issued.url}`);
  }
}
