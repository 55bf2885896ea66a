"""What types and fields mean, for people: English stands at the classes, German and the fields here."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Words(NamedTuple):
    """The same in English and German."""

    english: str
    german: str


#: German for the types, whose English is the class's docstring.
GERMAN: Final[Mapping[str, str]] = {
    "tenant.activated.v1": "Die Organisation darf die Plattform ab jetzt nutzen.",
    "tenant.changed.v1": "Die Organisation hat einen anderen Namen oder amtlichen Schlüssel oder liegt in anderen Regionen.",
    "tenant.suspended.v1": "Die Organisation darf nichts mehr ändern; Begonnenes wird zu Ende geführt.",
    "tenant.resumed.v1": "Eine Sperre wurde aufgehoben oder eine Kündigung zurückgenommen.",
    "tenant.leaving.v1": "Die Mitgliedschaft wird enden; bis zum letzten Tag ändert sich nichts.",
    "tenant.left.v1": "Die Mitgliedschaft ist beendet; die Daten können bis zum letzten Abholtag abgeholt werden.",
    "tenant.branded.v1": "Die Organisation erscheint ab jetzt so auf Seiten und Zertifikaten.",
    "tenant.limited.v1": "Die Organisation darf ab jetzt so viel vom Feed nutzen.",
    "person.registered.v1": "Die Organisation beschäftigt eine Person (gegebenenfalls wieder) oder hat deren Rollen geändert.",
    "person.left.v1": "Eine Person ist ausgeschieden; kommt sie zurück, folgt `person.registered.v1`.",
    "person.erased.v1": "Von der Person bleibt nur die nicht sprechende Kennung. Löschen Sie, was Sie zu ihr halten.",
    "agreement.started.v1": "Die Beschäftigten der Parteien dürfen das Geteilte sehen und buchen, bis `ends_at`.",
    "agreement.changed.v1": "Eine laufende Vereinbarung hat andere Parteien, Angebote oder ein anderes Ende. Wer nicht mehr Partei ist, hört es ein letztes Mal.",
    "agreement.ended.v1": "Unter der Vereinbarung wird nichts mehr geteilt.",
    "operator_access.granted.v1": "Jemand von der Genossenschaft darf bis zu einem Zeitpunkt für die Organisation handeln.",
    "operator_access.ended.v1": "Der Zugang eines Betreibers wurde vorzeitig beendet; er galt bis `until`.",
    "offer.published.v1": "Etwas kann gelernt und gebucht werden.",
    "competence_model.published.v1": "Es gibt Kompetenzen, die Ziele und Einschätzungen nennen können.",
    "booking.requested.v1": "Eine Person möchte ein Angebot, bezahlt mit einem Gutschein.",
    "booking.confirmed.v1": "Die Person hat einen Platz.",
    "booking.waitlisted.v1": "Der Termin ist voll; die Person rückt nach, wenn ein Platz frei wird.",
    "booking.declined.v1": "Die Buchung ist nicht möglich.",
    "booking.cancelled.v1": "Die Buchung wurde vor dem Abschluss aufgegeben; ein dafür gehaltener Gutschein ist wieder frei.",
    "participation.completed.v1": "Die Person hat das Gebuchte abgeschlossen.",
    "programme.opened.v1": "Ein Fördergeber sagt Gutscheine zu.",
    "programme.nearly_used.v1": "Von Ihrem Programm sind so viele Prozent vergeben: bei 80 und bei 95, nach einer Aufstockung erneut.",
    "programme.topped_up.v1": "Ihr Programm wurde aufgestockt.",
    "programme.closed.v1": "Ein Programm vergibt nichts mehr; Vorgemerktes kann noch genutzt werden.",
    "voucher.reserved.v1": "Ein Gutschein wird für eine Buchung gehalten.",
    "voucher.refused.v1": "Für diese Buchung gibt es keinen Gutschein.",
    "voucher.redeemed.v1": "Die Buchung wurde abgeschlossen; der Gutschein ist eingelöst.",
    "voucher.released.v1": "Die Buchung wurde aufgegeben; der Gutschein ist wieder verfügbar.",
    "voucher.expired.v1": "Der Gutschein wurde nicht rechtzeitig genutzt; die Buchung verfällt.",
    "voucher.reversed.v1": "Die Einlösung eines Gutscheins wurde ganz oder zum Teil zurückgenommen.",
    "ledger.sealed.v1": "Das Hauptbuch eines Programms hat so viele Einträge; wer `head` aufhebt, erkennt spätere Änderungen.",
    "ledger.reconciled.v1": "Das Hauptbuch eines Programms wurde mit Töpfen und Gutscheinen abgeglichen: täglich, und wenn sich das Ergebnis ändert.",
    "statement.issued.v1": "Die Genossenschaft hat eine Rechnung oder Gutschrift ausgestellt.",
    "allocation.changed.v1": "Das Kontingent einer Organisation in einem Programm hat diese Größe.",
    "voucher_request.changed.v1": "Eine Person beantragt einen Gutschein, oder ihr Antrag hat einen anderen Stand.",
    "voucher.assigned.v1": "Ein Gutschein wird für eine Person gehalten, die damit noch nichts gebucht hat.",
    "voucher.assignment_ended.v1": "Ein Gutschein wird nicht mehr für eine Person gehalten, die damit nichts gebucht hat.",
    "voucher.reminder.v1": "Ein gehaltener Gutschein endet bald und geht dann an andere.",
    "issuer.created.v1": "Die Organisation kann mit einem eigenen Schlüssel Zertifikate signieren.",
    "credential.issued.v1": "Eine Person hat ein Zertifikat.",
    "credential.revoked.v1": "Ein Zertifikat ist nicht mehr gültig.",
    "endpoint.failing.v1": "Ein Webhook-Endpunkt nimmt seit einem Tag nichts an. Beheben Sie das, bevor Ereignisse verfallen.",
    "endpoint.paused.v1": "Ein Webhook-Endpunkt hat drei Tage nichts angenommen und bekommt nichts mehr, bis Sie ihn fortsetzen.",
}

#: What each field means, wherever it stands.
FIELDS: Final[Mapping[str, Words]] = {
    "access_id": Words("The access", "Der Zugang"),
    "achievement": Words(
        "What was learned, as the certificate says it",
        "Was gelernt wurde, wie es im Zertifikat steht",
    ),
    "agreement_id": Words("The agreement", "Die Vereinbarung"),
    "at": Words("When", "Wann"),
    "allocation_id": Words(
        "The allocation",
        "Das Kontingent",
    ),
    "available": Words(
        "What can still be claimed, in vouchers or euro cents",
        "Was noch zu haben ist, in Gutscheinen oder Cent",
    ),
    "beneficiary_id": Words(
        "The organisation that uses the voucher", "Die Organisation, die den Gutschein nutzt"
    ),
    "booking_id": Words("The booking", "Die Buchung"),
    "cents": Words("The amount with tax, in euro cents", "Der Betrag mit Steuer, in Eurocent"),
    "budget": Words(
        "What is granted, in vouchers or euro cents",
        "Was bewilligt ist, in Gutscheinen oder Cent",
    ),
    "cap_cents": Words(
        "The value that one voucher pays up to, in euro cents",
        "Bis zu welchem Wert ein Gutschein bezahlt, in Cent",
    ),
    "closed_at": Words(
        "When the programme ended",
        "Wann das Programm endete",
    ),
    "closes_at": Words("Until when vouchers can be had", "Bis wann es Gutscheine gibt"),
    "competence_fields": Words(
        "The kinds of competence fields, such as `digital`",
        "Die Arten der Kompetenzfelder, etwa `digital`",
    ),
    "competences": Words(
        "The competences that it is about: their ids, in a certificate's text their names",
        "Die Kompetenzen, um die es geht: ihre Kennungen, im Text eines Zertifikats ihre Namen",
    ),
    "completed_at": Words("When it was completed", "Wann es abgeschlossen wurde"),
    "corrects": Words(
        "The number of the statement that a credit note corrects",
        "Die Nummer der Abrechnung, die eine Korrektur berichtigt",
    ),
    "credential_id": Words("The certificate", "Das Zertifikat"),
    "criteria": Words("What had to be done for it", "Was dafür zu tun war"),
    "description": Words("What it is about", "Worum es geht"),
    "did": Words("The issuer's identifier (did:web)", "Die Kennung des Ausstellers (did:web)"),
    "display_name": Words("The name that is shown", "Der angezeigte Name"),
    "due_on": Words("Until when it is to be paid", "Bis wann zu zahlen ist"),
    "duration_minutes": Words("How long it takes, in minutes", "Dauer in Minuten"),
    "email": Words("The person's e-mail address", "Die E-Mail-Adresse der Person"),
    "ended_at": Words(
        "From when on nothing new is taken from it, if it has ended",
        "Ab wann nichts Neues daraus entnommen wird, falls es beendet ist",
    ),
    "ends_at": Words(
        "When it ends; null means until notice", "Wann sie endet; null heißt: bis zur Kündigung"
    ),
    "entries": Words("How many entries the ledger has", "Wie viele Einträge das Hauptbuch hat"),
    "entry": Words(
        "The number of the use in the programme's ledger",
        "Die Nummer der Einlösung im Hauptbuch des Programms",
    ),
    "events_per_day": Words(
        "Events that can be read a day (UTC); what is beyond waits for the next day",
        "Ereignisse, die je Tag (UTC) gelesen werden können; weitere warten bis zum nächsten Tag",
    ),
    "expired": Words(
        "What nobody used in time, in vouchers or euro cents",
        "Was nicht rechtzeitig genutzt wurde, in Gutscheinen oder Cent",
    ),
    "expires_at": Words("Until when the voucher is held", "Bis wann der Gutschein gehalten wird"),
    "explanation": Words("The reason in words", "Der Grund in Worten"),
    "failing_since": Words(
        "Since when the endpoint takes nothing", "Seit wann der Endpunkt nichts annimmt"
    ),
    "family_name": Words("The person's family name", "Der Familienname der Person"),
    "funder_id": Words(
        "The organisation whose programme it is", "Die Organisation, deren Programm es ist"
    ),
    "give_back_at": Words(
        "When what is unused returns to the programme, if that is agreed",
        "Wann Ungenutztes an das Programm zurückfällt, falls vereinbart",
    ),
    "given_name": Words("The person's given name", "Der Vorname der Person"),
    "granted": Words(
        "What was granted in all, in vouchers or euro cents",
        "Was insgesamt bewilligt ist, in Gutscheinen oder Cent",
    ),
    "head": Words("The last entry's hash, as hex", "Der Hash des letzten Eintrags, hexadezimal"),
    "is_late": Words(
        "Whether the voucher had ended before it was used",
        "Ob der Gutschein vor der Einlösung schon abgelaufen war",
    ),
    "issued_at": Words("When it was issued", "Wann es ausgestellt wurde"),
    "issued_on": Words("The day of the statement", "Der Tag der Abrechnung"),
    "kind": Words("Its kind, a stable code", "Die Art, ein fester Code"),
    "last_day": Words("The last day of the membership", "Der letzte Tag der Mitgliedschaft"),
    "last_export_day": Words(
        "The last day on which data can be fetched",
        "Der letzte Tag, an dem Daten abgeholt werden können",
    ),
    "leader_id": Words(
        "The person whom the request names as leader",
        "Die Person, die der Antrag als Führungskraft nennt",
    ),
    "left_on": Words("The day of leaving", "Der Tag des Ausscheidens"),
    "may_change": Words(
        "Whether the operator may change something, or only read",
        "Ob der Betreiber etwas ändern oder nur lesen darf",
    ),
    "model_id": Words("The competence model", "Das Kompetenzmodell"),
    "name": Words("What it is called", "Wie es heißt"),
    "number": Words("The number of the statement", "Die Nummer der Abrechnung"),
    "next_step": Words(
        "Whose word is awaited: `leader` or `hr`",
        "Wessen Wort aussteht: `leader` (Führungskraft) oder `hr` (Personalstelle)",
    ),
    "offer_id": Words("The offer", "Das Angebot"),
    "offer_kind": Words(
        "The kind of the offer, a stable code", "Die Art des Angebots, ein fester Code"
    ),
    "offer_kinds": Words(
        "The kinds of offers that it pays for; none for all",
        "Die Arten von Angeboten, die es bezahlt; keine für alle",
    ),
    "offers": Words(
        "The offers that it is about: shared, or paid for (none for all)",
        "Die Angebote, um die es geht: geteilte, oder bezahlte (keine für alle)",
    ),
    "official_key": Words(
        "The statistical offices' key (AGS or ARS), if there is one",
        "Der amtliche Schlüssel (AGS oder ARS), falls vorhanden",
    ),
    "ok": Words("Whether everything holds", "Ob alles stimmt"),
    "oldest_event_expires_at": Words(
        "When the oldest event that was not delivered can no longer be",
        "Wann das älteste nicht zugestellte Ereignis nicht mehr zugestellt werden kann",
    ),
    "opens_at": Words("From when vouchers can be had", "Ab wann es Gutscheine gibt"),
    "operator": Words("The operator, an opaque id", "Der Betreiber, eine nicht sprechende Kennung"),
    "owner_id": Words(
        "The organisation that published it", "Die Organisation, die es veröffentlicht hat"
    ),
    "part": Words(
        "host, party or facilitator",
        "host (Gastgeber), party (Partei) oder facilitator (Vermittler)",
    ),
    "parties": Words("The organisations that take part", "Die Organisationen, die teilnehmen"),
    "period_first_day": Words("The first day of the period", "Der erste Tag des Zeitraums"),
    "period_last_day": Words("The last day of the period", "Der letzte Tag des Zeitraums"),
    "percent": Words(
        "The share that is reserved or used, in per cent",
        "Der vergebene Anteil in Prozent",
    ),
    "person": Words(
        "Name and address of the person, where the organisation agreed to named people",
        "Name und Adresse der Person, wenn die Organisation namentlichen Daten zugestimmt hat",
    ),
    "person_id": Words("The person, an opaque id", "Die Person, eine nicht sprechende Kennung"),
    "price_cents": Words(
        "What a booking costs, in euro cents, if the provider says it",
        "Was eine Buchung kostet, in Eurocent, sofern der Anbieter es nennt",
    ),
    "primary_colour": Words("The main colour, as #rrggbb", "Die Hauptfarbe, als #rrggbb"),
    "programme_id": Words("The funding programme", "Das Förderprogramm"),
    "proposer_id": Words(
        "The organisation that proposed the agreement",
        "Die Organisation, die die Vereinbarung vorgeschlagen hat",
    ),
    "provider_id": Words(
        "The organisation that provides the offer", "Die Organisation, die das Angebot macht"
    ),
    "provider_name": Words("What the provider is called", "Wie der Anbieter heißt"),
    "reason": Words("Why, a stable code", "Warum, ein fester Code"),
    "redeemed": Words(
        "What was used, in vouchers or euro cents",
        "Was genutzt wurde, in Gutscheinen oder Cent",
    ),
    "redeemed_units": Words(
        "How much was used, in vouchers or euro cents",
        "Wie viel eingelöst wurde, in Gutscheinen oder Cent",
    ),
    "regions": Words("Regions, by their codes", "Regionen, als Codes"),
    "reserved": Words(
        "What is held, in vouchers or euro cents",
        "Was vorgemerkt ist, in Gutscheinen oder Cent",
    ),
    "returned": Words(
        "What went back to the funder, in vouchers or euro cents",
        "Was an den Fördergeber zurückging, in Gutscheinen oder Cent",
    ),
    "reversed_units": Words(
        "How much of it was taken back in all", "Wie viel davon insgesamt zurückgenommen wurde"
    ),
    "reverses": Words("The entry that is taken back", "Der Eintrag, der zurückgenommen wird"),
    "request_id": Words(
        "The request",
        "Der Antrag",
    ),
    "revoked_at": Words("When it was revoked", "Wann es widerrufen wurde"),
    "roles": Words(
        "The person's roles in the organisation", "Die Rollen der Person in der Organisation"
    ),
    "sealed_at": Words("When the head was noted", "Wann der letzte Hash festgehalten wurde"),
    "side": Words(
        "funder (pays the cooperative) or provider (is paid by it)",
        "funder (zahlt an die Genossenschaft) oder provider (bekommt von ihr)",
    ),
    "state": Words("The Land, as ISO 3166-2", "Das Land, nach ISO 3166-2"),
    "statement_id": Words("The invoice or credit note", "Die Rechnung oder Korrektur"),
    "states": Words("Länder, as ISO 3166-2", "Länder, nach ISO 3166-2"),
    "status": Words(
        "Of an organisation: active, suspended, leaving or left; of a request: open, approved, refused, withdrawn or lapsed",
        "Einer Organisation: active, suspended, leaving oder left; eines Antrags: open, approved, refused, withdrawn oder lapsed",
    ),
    "subscription_id": Words("The subscription", "Das Abonnement"),
    "subscriptions": Words(
        "How many subscriptions there may be", "Wie viele Abonnements es geben darf"
    ),
    "tenant_id": Words("The organisation", "Die Organisation"),
    "tenant_kinds": Words(
        "Kinds of organisations; empty means all", "Arten von Organisationen; leer heißt alle"
    ),
    "tenants": Words(
        "Organisations that the funder named, beside those of the area",
        "Organisationen, die der Fördergeber zusätzlich benannt hat",
    ),
    "text_colour": Words(
        "The colour of text on the main colour", "Die Farbe von Text auf der Hauptfarbe"
    ),
    "title": Words("What it is called", "Wie es heißt"),
    "unit": Words(
        "What it counts: `voucher` or `cent`",
        "Worin es zählt: `voucher` (Gutschein) oder `cent`",
    ),
    "units": Words("How much, in vouchers or euro cents", "Wie viel, in Gutscheinen oder Cent"),
    "until": Words("Until when", "Bis wann"),
    "url": Words("The certificate's public address", "Die öffentliche Adresse des Zertifikats"),
    "verification_method": Words(
        "The key, as the DID document names it", "Der Schlüssel, wie ihn das DID-Dokument nennt"
    ),
    "violated": Words("What does not hold", "Was nicht stimmt"),
    "visibility": Words(
        "own: for the publisher alone; cooperative: for every organisation",
        "own: nur für die veröffentlichende Organisation; cooperative: für alle Organisationen",
    ),
    "voucher_id": Words("The voucher", "Der Gutschein"),
    "vouchers": Words(
        "How many vouchers the programme has", "Wie viele Gutscheine das Programm hat"
    ),
    "wrong_entry": Words(
        "The first entry that is not as it was written",
        "Der erste Eintrag, der nicht so ist, wie er geschrieben wurde",
    ),
}
