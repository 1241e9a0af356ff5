//! German.

use super::catalogue::{Catalogue, ForHost, Labels, Saying};
use super::when::{Clock, Dates};

pub(super) const CATALOGUE: Catalogue = Catalogue {
    dates: Dates {
        weekdays: ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"],
        months: [
            "Jan.", "Feb.", "März", "April", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.",
            "Nov.", "Dez.",
        ],
        day: "{weekday}, {day}. {month}",
        clock: Clock::TwentyFour,
        to: "bis",
        zone_of: "Zeit in {place}",
    },
    greeting: "Guten Tag {name},",
    greeting_without_name: "Guten Tag,",
    labels: Labels {
        what: "Was",
        when: "Wann",
        place: "Wo",
        with: "Mit",
        still_free: "Noch frei",
        reason: "Grund",
        who: "Wer",
        people: "Personen",
        notes: "Notizen",
        change_or_cancel: "Ändern oder absagen",
        choose_another_time: "Andere Zeit wählen",
        accept: "Annehmen",
        see_waiting_list: "Warteliste ansehen oder verlassen",
        open_booking: "Buchung öffnen",
        replies: "Antwort C bestätigt, R verschiebt, X sagt ab. Oder",
        reply_coming: "Antwort C bestätigt. Details",
        by_phone: "Telefonisch",
        booking_code: "Buchungscode",
    },
    received: Saying {
        heading: "Anfrage erhalten",
        sentence: "Wir haben Ihre Anfrage. Sie ist noch nicht bestätigt; Sie hören von uns.",
    },
    confirmed: Saying { heading: "Bestätigt", sentence: "Ihr Termin ist bestätigt." },
    reminder: Saying { heading: "Erinnerung", sentence: "Ihr Termin steht bevor." },
    moved: Saying {
        heading: "Verschoben",
        sentence: "Ihr Termin wurde verschoben. Bisher war er {earlier}.",
    },
    updated: Saying {
        heading: "Geändert",
        sentence: "Die Angaben zu Ihrem Termin haben sich geändert. Die Zeit bleibt.",
    },
    move_not_possible: Saying {
        heading: "Nicht verschoben",
        sentence: "Die gewünschte Zeit ({earlier}) war nicht zu haben. Ihr Termin bleibt, wie er war.",
    },
    cancelled: Saying { heading: "Abgesagt", sentence: "Ihr Termin ist abgesagt." },
    cancelled_by_host: Saying {
        heading: "Abgesagt",
        sentence: "Ihr Termin wurde vom Gastgeber abgesagt.",
    },
    cancelled_unreached: Saying {
        heading: "Abgesagt",
        sentence: "Ihr Termin ist abgesagt, weil Sie keine unserer Nachrichten erreicht hat.",
    },
    not_possible: Saying {
        heading: "Nicht gebucht",
        sentence: "Es tut uns leid: Die gewünschte Zeit konnte nicht gebucht werden.",
    },
    waitlisted: Saying {
        heading: "Auf der Warteliste",
        sentence: "Alle Plätze sind vergeben. Sie stehen auf der Warteliste und hören von uns, sobald einer frei wird.",
    },
    seats_offered: Saying {
        heading: "Ein Platz ist frei",
        sentence: "Er ist bis {until} für Sie reserviert. Bitte nehmen Sie ihn bis dahin an.",
    },
    waited_in_vain: Saying {
        heading: "Kein Platz frei geworden",
        sentence: "Es tut uns leid: Ihr Platz auf der Warteliste ist abgelaufen.",
    },
    for_host: ForHost {
        new: Saying { heading: "Neue Buchung", sentence: "Jemand hat bei Ihnen gebucht." },
        moved: Saying {
            heading: "Buchung verschoben",
            sentence: "Eine Buchung wurde verschoben. Bisher war sie {earlier}.",
        },
        cancelled: Saying { heading: "Buchung abgesagt", sentence: "Eine Buchung wurde abgesagt." },
        failed: Saying {
            heading: "Buchung gescheitert",
            sentence: "Eine Buchung konnte nicht rechtzeitig in Ihren Kalender geschrieben werden. Wer gebucht hat, weiß davon.",
        },
        unreached: Saying {
            heading: "Nicht erreicht",
            sentence: "Keine unserer Nachrichten hat {name} erreicht. Die Buchung bleibt bestehen; bitte melden Sie sich dort.",
        },
        day: Saying { heading: "Ihr Tag", sentence: "Heute haben Sie keine Buchungen." },
        footer: "Sie erhalten dies als Gastgeber. Worüber Sie benachrichtigt werden, steht bei Ihrem Namen in Doorstep.",
    },
    footer: "Sie erhalten dies, weil jemand mit dieser Adresse \"{title}\" gebucht hat.",
};
