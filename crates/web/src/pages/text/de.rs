//! German.

use domain::Language;
use jiff::civil::Date;

use super::dashboard::{ADMIN, DOOR, EXPLAIN, OPERATIONS};
use super::{
    Booking, Common, Dates, Home, Manage, Messages, Picker, Refused, Saying, Text, counted, joined,
    minutes, month_in, weekday_in,
};

pub(super) static TEXT: Text = Text {
    language: "de",
    common: Common {
        skip_to_content: "Zum Inhalt springen",
        powered_by: "Buchung mit Doorstep",
        when: "Wann",
        place: "Wo",
        with: "Mit",
        length: "Dauer",
        people: "Personen",
        reference: "Buchungsnummer",
        status: "Stand",
        optional: "freiwillig",
        minutes,
        people_counted: |count| counted(count as usize, "Person", "Personen"),
        joined: |names| joined(names, "und"),
    },
    dates: Dates {
        weekdays: WEEKDAYS,
        weekdays_short: ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"],
        long: |_, date| {
            let weekday = weekday_in(&WEEKDAYS, date);
            format!("{weekday}, {}. {} {}", date.day(), month_in(&MONTHS, date), date.year())
        },
        month: |date: Date| format!("{} {}", month_in(&MONTHS, date), date.year()),
        morning: "Vormittag",
        afternoon: "Nachmittag",
        evening: "Abend",
    },
    picker: Picker {
        choose_day: "Tag wählen",
        choose_day_hint: "Wählen Sie einen Tag mit offener Tür, um seine Zeiten zu sehen.",
        choose_time: "Uhrzeit wählen",
        previous_month: |month| format!("Vorheriger Monat, {month}"),
        next_month: |month| format!("Nächster Monat, {month}"),
        day_free: |day, times| format!("{day}, {}", counted(times, "Zeit frei", "Zeiten frei")),
        day_full: |day| format!("{day}, ausgebucht"),
        day_waitlist: |day| format!("{day}, ausgebucht, mit Warteliste"),
        legend_free: "Zeiten frei",
        legend_full: "Ausgebucht",
        legend_closed: "Kein Angebot",
        places_left: |places| counted(places as usize, "Platz frei", "Plätze frei"),
        slot_full: "Voll",
        slot_waitlist: "Voll: auf die Warteliste",
        nothing_this_month: |month| format!("Im {month} ist keine Zeit frei."),
        nothing_ahead: Saying {
            title: "Zurzeit ist keine Zeit frei",
            detail: "Es können neue dazukommen. Bitte sehen Sie in ein, zwei Tagen wieder nach.",
        },
        nothing_on_day: "An diesem Tag ist keine Zeit frei. Bitte wählen Sie einen anderen.",
        next_free_day: |day| format!("Zu {day}"),
        unavailable: Saying {
            title: "Der Kalender ist gerade nicht lesbar",
            detail: "Damit niemand doppelt gebucht wird, werden keine Zeiten gezeigt, bis er \
                     wieder antwortet. Bitte versuchen Sie es in ein paar Minuten noch einmal.",
        },
        try_again: "Noch einmal versuchen",
        times_in: |zone| format!("Zeiten in der Zeitzone {zone}."),
        zone: "Zeitzone",
        zone_change: "Zeitzone ändern",
        zone_submit: "Zeiten zeigen",
        loading: "Zeiten werden geladen…",
    },
    booking: Booking {
        title: |service| format!("Buchen: {service}"),
        your_details: "Ihre Angaben",
        change_time: "Zeit ändern",
        name: "Ihr Name",
        email: "E-Mail",
        email_hint: "Für die Bestätigung und die Einladung in Ihren Kalender.",
        phone: "Handynummer",
        phone_hint: "Mit einer Nummer stimmen Sie SMS zu dieser Buchung zu. Mit der Antwort STOP \
                     enden sie.",
        party_size: "Wie viele Personen kommen?",
        party_hint: |most| format!("Sie eingeschlossen, höchstens {most}."),
        notes: "Was sollten wir wissen?",
        notes_hint: "Barrierefreiheit, Fragen, wer noch kommt.",
        either: "Bitte geben Sie eine E-Mail-Adresse oder eine Telefonnummer an, damit wir \
                 bestätigen können.",
        submit: "Buchung bestätigen",
        submitting: "Wird gebucht…",
        join_waitlist: "Auf die Warteliste",
        waitlist: Saying {
            title: "Diese Zeit ist voll",
            detail: "Kommen Sie auf die Warteliste; wir sagen Ihnen Bescheid, sobald ein Platz \
                     frei wird.",
        },
        faults: |count| match count {
            1 => "Eine Angabe fehlt oder stimmt nicht".to_owned(),
            _ => format!("{count} Angaben fehlen oder stimmen nicht"),
        },
        name_missing: "Bitte geben Sie Ihren Namen an.",
        contact_missing: "Bitte geben Sie eine E-Mail-Adresse oder eine Telefonnummer an.",
        email_invalid: "Das ist keine E-Mail-Adresse. Sie sieht aus wie name@example.com.",
        phone_invalid: "Das ist keine Telefonnummer. Bitte schreiben Sie sie mit der \
                        Ländervorwahl, wie +1 213 555 0100.",
        start_missing: "Bitte wählen Sie eine Zeit.",
        hidden_characters: |field| {
            format!(
                "„{field}“ hat Zeichen, die nicht gezeigt werden können. Bitte schreiben Sie es neu."
            )
        },
        too_long: |field| format!("„{field}“ ist zu lang. Bitte kürzen Sie es."),
        not_understood: |field| format!("„{field}“ wurde nicht verstanden. Bitte prüfen Sie es."),
        form_broken: "Das Formular kam unvollständig an. Bitte senden Sie es noch einmal.",
    },
    refused: Refused {
        taken: Saying {
            title: "Jemand war einen Moment schneller",
            detail: "Diese Zeit wurde gerade vergeben. Ihre Angaben sind noch da: Wählen Sie eine \
                     andere Zeit und bestätigen Sie noch einmal.",
        },
        taken_alone: Saying {
            title: "Diese Zeit wurde gerade vergeben",
            detail: "Bitte wählen Sie einen anderen Tag oder eine andere Zeit. Nichts wurde \
                     gebucht.",
        },
        not_offered: Saying {
            title: "Diese Zeit wird nicht angeboten",
            detail: "Bitte wählen Sie eine andere Zeit. Nichts wurde gebucht.",
        },
        alternatives: "Nächste freie Zeiten",
        see_all: "Alle Zeiten sehen",
        too_late: Saying {
            title: "Für diese Zeit ist es zu spät",
            detail: "Sie beginnt zu bald, um sie vorzubereiten. Bitte wählen Sie eine spätere.",
        },
        sent_before: Saying {
            title: "Dieses Formular haben Sie schon gesendet",
            detail: "Die Buchung damit steht, wie sie war: Mit dem Link in ihrer Nachricht ändern \
                     Sie sie. Bestätigen Sie nur noch einmal, um eine weitere zu machen.",
        },
        unavailable: Saying {
            title: "Der Kalender konnte nicht geprüft werden",
            detail: "Nichts wurde gebucht. Ihre Angaben sind noch da: Bitte versuchen Sie es in \
                     ein paar Minuten noch einmal.",
        },
        failed: Saying {
            title: "Bei uns ist etwas schiefgegangen",
            detail: "Bitte versuchen Sie es noch einmal. Dasselbe Formular bucht nie zweimal.",
        },
        failed_reference: |id| {
            format!("Wenn es wieder geschieht, nennen Sie uns dieses Zeichen: {id}")
        },
        in_progress: Saying {
            title: "Eine Änderung läuft schon",
            detail: "Das dauert ein paar Sekunden. Bitte sehen Sie noch einmal nach, bevor Sie \
                     etwas anderes ändern.",
        },
        already_over: Saying {
            title: "Diese Buchung lässt sich nicht mehr ändern",
            detail: "Sie ist vorbei oder abgesagt. Nichts wurde geändert.",
        },
        changed_meanwhile: Saying {
            title: "Diese Buchung wurde geändert, seit Sie die Seite geöffnet haben",
            detail: "Ihr letzter Klick hat nichts geändert. Unten steht, wie sie jetzt ist.",
        },
        not_allowed: Saying {
            title: "Nur wer gebucht hat, kann das ändern",
            detail: "Nichts wurde geändert. Bitte lassen Sie dort verschieben oder absagen.",
        },
    },
    manage: Manage {
        title: |service| format!("Ihre Buchung: {service}"),
        waitlisted: Saying {
            title: "Sie stehen auf der Warteliste",
            detail: "Wir sagen Ihnen Bescheid, sobald ein Platz frei wird. Sie brauchen nichts zu \
                     tun.",
        },
        pending: Saying {
            title: "Wir bestätigen Ihre Buchung",
            detail: "Die Zeit ist für Sie reserviert. Das dauert meist ein paar Sekunden, und Sie \
                     bekommen eine Nachricht, sobald es entschieden ist.",
        },
        confirmed: Saying {
            title: "Ihre Buchung ist bestätigt",
            detail: "Sie steht im Kalender. Wir freuen uns auf Sie.",
        },
        moving: Saying {
            title: "Ihre Buchung wird verschoben",
            detail: "Bis die neue Zeit feststeht, gilt die alte.",
        },
        cancelled: Saying {
            title: "Diese Buchung ist abgesagt",
            detail: "Die Zeit ist wieder frei. Sie brauchen nichts zu tun.",
        },
        declined: Saying {
            title: "Wir konnten diese Buchung nicht bestätigen",
            detail: "Im Kalender war die Zeit doch belegt. Es tut uns leid. Bitte wählen Sie eine \
                     andere.",
        },
        failed: Saying {
            title: "Diese Buchung kam nicht rechtzeitig zustande",
            detail: "Der Kalender war nicht erreichbar, bis es zu spät war. Es tut uns leid. Bitte \
                     wählen Sie eine andere Zeit.",
        },
        expired: Saying {
            title: "Es wurde kein Platz frei",
            detail: "Ihr Platz auf der Warteliste ist abgelaufen. Bitte wählen Sie eine andere \
                     Zeit.",
        },
        completed: Saying {
            title: "Dieser Termin hat stattgefunden",
            detail: "Danke, dass Sie da waren.",
        },
        past: Saying {
            title: "Diese Zeit ist vorbei",
            detail: "Die Buchung lässt sich nicht mehr verschieben oder absagen.",
        },
        no_show: Saying {
            title: "Wir haben Sie vermisst",
            detail: "Dieser Termin ist vorbei. Wählen Sie gern eine andere Zeit.",
        },
        moving_to: "Wird verschoben auf",
        booked_by: "Gebucht für",
        add_to_calendar: "In Ihren Kalender",
        by_phone: "Telefonisch",
        booking_code: "Buchungscode",
        change: "Möchten Sie etwas ändern?",
        move_booking: "Auf eine andere Zeit verschieben",
        move_heading: "Neue Zeit wählen",
        move_hint: |when| {
            format!("Ihre Buchung bleibt bei {when}, bis Sie eine neue Zeit bestätigen.")
        },
        move_from: "Jetzt",
        move_to: "Neue Zeit",
        move_submit: "Buchung verschieben",
        moving_now: "Wird verschoben…",
        keep: "So lassen",
        cancel: "Buchung absagen",
        cancel_question: "Diese Buchung absagen?",
        cancel_warning: "Die Zeit ist sofort wieder frei und vielleicht vergeben, wenn Sie es sich \
                         anders überlegen.",
        reason: "Grund",
        reason_hint: "Hilft uns beim Planen. Der Gastgeber sieht ihn.",
        cancel_submit: "Ja, absagen",
        cancelling: "Wird abgesagt…",
        book_again: "Andere Zeit buchen",
        open_page: "Buchung ansehen oder ändern",
        not_yours: "Verschieben oder absagen kann, wer gebucht hat.",
        stands_choose: "Ihre Buchung bleibt, wie sie war. Bitte wählen Sie eine andere neue Zeit.",
        stands_retry: "Ihre Buchung bleibt, wie sie war. Bitte versuchen Sie es in ein paar Minuten \
                       noch einmal.",
        was_booked: Saying {
            title: "Danke, wir haben Ihre Anfrage",
            detail: "Heben Sie die Adresse dieser Seite auf: Mit ihr sehen, verschieben oder \
                     sagen Sie Ihre Buchung ab.",
        },
        was_moved: Saying {
            title: "Ihre Buchung wurde verschoben",
            detail: "Die neue Zeit steht unten und im Kalender.",
        },
        move_requested: Saying {
            title: "Ihre neue Zeit wird bestätigt",
            detail: "Sie bekommen eine Nachricht, sobald es entschieden ist.",
        },
        was_cancelled: Saying {
            title: "Ihre Buchung wurde abgesagt",
            detail: "Alle Beteiligten erfahren es.",
        },
        offered: Saying {
            title: "Ein Platz ist für Sie frei",
            detail: "Wir halten ihn bis zu der Zeit unten. Bitte nehmen Sie ihn an, oder lassen \
                     Sie ihn den Nächsten.",
        },
        place_in_line: |place| match place {
            1 => "Sie sind als Nächstes dran.".to_owned(),
            place => format!("Sie sind Nummer {place} in der Reihe."),
        },
        kept_until: |until| format!("Für Sie gehalten bis {until}."),
        accept: "Platz annehmen",
        accepting: "Wird angenommen…",
        was_accepted: Saying {
            title: "Der Platz gehört Ihnen",
            detail: "Danke, dass Sie ihn angenommen haben.",
        },
        offer_lapsed: Saying {
            title: "Der Platz wird nicht mehr gehalten",
            detail: "Die Zeit zum Annehmen ist vorbei, und er ging an die Nächsten.",
        },
        leave_line: "Möchten Sie nicht länger warten?",
    },
    home: Home {
        title: "Besichtigung buchen",
        heading: "Zeit finden. Eintreten.",
        lead: "Wählen Sie, was Sie sehen möchten, und eine Zeit, die Ihnen passt. Die Antwort kommt \
               in Sekunden.",
        services: "Jetzt buchbar",
        book: "Freie Zeiten sehen",
        empty: Saying {
            title: "Zurzeit ist nichts buchbar",
            detail: "Bitte sehen Sie bald wieder nach.",
        },
    },
    messages: Messages {
        to_services: "Sehen, was buchbar ist",
        to_connections: "Zurück zu den Verbindungen",
        reference: |id| format!("Zeichen: {id}"),
        not_found: Saying {
            title: "Hinter dieser Tür ist nichts",
            detail: "Die Seite gibt es nicht, oder sie ist umgezogen. Bitte prüfen Sie die Adresse.",
        },
        service_not_found: Saying {
            title: "Das ist nicht mehr buchbar",
            detail: "Vielleicht ist es vermietet, verkauft oder zurückgezogen. Sehen Sie, was es \
                     sonst gibt.",
        },
        unknown_link: Saying {
            title: "Dieser Link führt zu keiner Buchung",
            detail: "Es gehört keine dazu. Nichts wurde geändert.",
        },
        unknown_link_steps: [
            "Öffnen Sie noch einmal den Link aus der letzten Bestätigung: Ein älterer kann abgeschnitten sein.",
            "Wenn Sie ihn kopiert haben, prüfen Sie, ob er vollständig ist, ohne etwas davor oder dahinter.",
            "Oder antworten Sie auf die Bestätigung, und man wird Ihnen helfen.",
        ],
        too_many: Saying {
            title: "Einen Moment, bitte",
            detail: "Von Ihrem Anschluss kamen zu viele Anfragen. Nichts ist verloren.",
        },
        wait_seconds: |seconds| {
            let seconds = counted(seconds as usize, "Sekunde", "Sekunden");
            format!("Bitte versuchen Sie es in {seconds} noch einmal.")
        },
        failed: Saying {
            title: "Bei uns ist etwas schiefgegangen",
            detail: "Wir wissen davon. Bitte versuchen Sie es gleich noch einmal.",
        },
        foreign_form: Saying {
            title: "Dieses Formular kam nicht von unserer eigenen Seite",
            detail: "Zu Ihrem Schutz wurde nichts getan. Bitte öffnen Sie die Seite neu und \
                     wiederholen Sie es dort.",
        },
        connected: "Der Kalender ist verbunden",
        connected_detail: |account| {
            format!(
                "Buchungen für {account} werden in ihn geschrieben. Sie können dieses Fenster schließen."
            )
        },
        consent_refused: Saying {
            title: "Der Zugriff wurde nicht erlaubt",
            detail: "Nichts wurde geändert. Fangen Sie neu an und wählen Sie „Zulassen“, wenn Sie \
                     gefragt werden.",
        },
        wrong_account: "Das war ein anderes Konto",
        wrong_account_detail: |expected, given| {
            format!(
                "Diese Verbindung ist für {expected}, angemeldet war aber {given}. Nichts wurde \
                 geändert. Fangen Sie neu an und wählen Sie {expected}."
            )
        },
        scopes_missing: "Einige Berechtigungen fehlen",
        scopes_missing_detail: |boxes| {
            format!(
                "Doorstep muss sehen, wann der Kalender belegt ist, und eigene Termine schreiben. \
                 Nichts wurde geändert. Fangen Sie neu an und haken Sie alles an; dies fehlte: {}.",
                boxes.join("; ")
            )
        },
        scope_box: |scope| match scope.rsplit('/').next() {
            Some("calendar.events") => "Termine in allen Kalendern ansehen und bearbeiten",
            Some("calendar.freebusy") => "die Verfügbarkeit in Ihren Kalendern ansehen",
            Some("calendar.calendarlist.readonly") => "die Liste Ihrer Kalender ansehen",
            Some(_) | None => "eine weitere Berechtigung",
        },
        consent_expired: Saying {
            title: "Diese Anmeldung ist abgelaufen",
            detail: "Sie wurde schon benutzt, dauerte zu lange oder begann in einem anderen \
                     Browser. Nichts wurde geändert. Bitte fangen Sie neu an.",
        },
        consent_failed: Saying {
            title: "Der Anbieter hat nicht wie erwartet geantwortet",
            detail: "Nichts wurde geändert. Bitte fangen Sie in ein paar Minuten neu an.",
        },
    },
    door: &DOOR,
    operations: &OPERATIONS,
    explain: &EXPLAIN,
    admin: &ADMIN,
};

const WEEKDAYS: [&str; 7] = Language::German.weekdays();

const MONTHS: [&str; 12] = Language::German.months();
