//! German.

use domain::Language;

use super::{ByText, Free, InCall, Phrases, SpokenDates, SpokenNews, Which};

pub(super) const PHRASES: Phrases = Phrases {
    by_text: ByText {
        choices: "Antworten Sie C zum Bestätigen, R für eine andere Zeit, X zum Absagen.",
        attending: |what, when| format!("Danke für die Bestätigung: {what}, {when}."),
        no_times: |what, when| {
            format!("Zurzeit ist keine andere Zeit frei. Ihr Termin bleibt: {what}, {when}.")
        },
        ask_cancel: |what, when| {
            format!("{what}, {when} absagen? Antworten Sie 1 zum Absagen, 2 zum Behalten.")
        },
        kept: |what, when| format!("Es bleibt dabei: {what}, {when}."),
        moved: |what, when| format!("Verschoben: {what}, {when}."),
        moving: |when| {
            format!("Wir verschieben auf {when}. Sie hören von uns, wenn es so weit ist.")
        },
        cancelled: |what, when| format!("Abgesagt: {what}, {when}."),
        unavailable: |what, when| {
            format!(
                "Der Kalender ist nicht erreichbar; bitte später noch einmal. Es bleibt dabei: {what}, {when}."
            )
        },
        over: "Dieser Termin ist vorbei oder abgesagt. Nichts wurde geändert.",
        nobody: |home| {
            format!("Zu dieser Nummer kennen wir keinen kommenden Termin. Hier buchen: {home}")
        },
        nothing_asked: "Es ist keine Frage offen.",
        yours: |what, when| format!("Ihr Termin: {what}, {when}."),
        not_a_choice: "Bitte antworten Sie mit einer der Nummern, oder mit ? für die Möglichkeiten.",
        may_not: "Nur wer gebucht hat, kann diesen Termin ändern. Mit C bestätigen Sie, dass Sie kommen.",
        in_progress: "Dieser Termin wird gerade geändert. Sie hören von uns, wenn es so weit ist.",
        not_understood: "Das haben wir leider nicht verstanden.",
        which: Which {
            confirm: "Welchen Termin möchten Sie bestätigen?",
            reschedule: "Welchen Termin möchten Sie verschieben?",
            cancel: "Welchen Termin möchten Sie absagen?",
        },
        its_number: "Antworten Sie mit der Nummer.",
        is_free: |when| format!("{when} ist frei. Antworten Sie 1, um dorthin zu verschieben."),
        or_else: |list| format!("Oder: {list}."),
        free: Free {
            asked: "Freie Zeiten",
            occupied: "Diese Zeit ist nicht frei, aber diese",
            lapsed: "Diese Zeiten sind nicht mehr reserviert. Jetzt frei",
            more: "Weitere freie Zeiten",
            taken: "Diese Zeit wurde gerade vergeben. Noch frei",
        },
        pick: "Antworten Sie bald mit einer Nummer, oder R für andere.",
    },
    in_call: InCall {
        menu: "Um zu bestätigen, dass Sie kommen, drücken Sie die 1, oder sagen Sie bestätigen. \
            Um den Termin zu verschieben, drücken Sie die 2, oder sagen Sie verschieben. \
            Um ihn abzusagen, drücken Sie die 3, oder sagen Sie absagen. \
            Um das noch einmal zu hören, drücken Sie die 9.",
        goodbye: "Auf Wiederhören.",
        greeting: |what, when| format!("Guten Tag. Ihr Termin ist {what}, {when}."),
        greeting_of: |count, what, when| {
            format!("Guten Tag. Sie haben {count} Termine. Der nächste ist {what}, {when}.")
        },
        stranger: "Guten Tag. Zu dieser Nummer kennen wir keinen kommenden Termin. Wenn Sie einen \
            Buchungscode haben, geben Sie jetzt seine acht Ziffern ein. Sonst buchen Sie bitte auf \
            unserer Website, oder antworten Sie auf die Nachricht von uns. Auf Wiederhören.",
        for_machine: "Guten Tag. Das ist eine Nachricht zu Ihrem Termin. Bitte sehen Sie nach der \
            SMS oder der E-Mail von uns, oder rufen Sie diese Nummer zurück. Auf Wiederhören.",
        given_up: "Das hat leider nicht geklappt. Nichts wurde geändert. Auf Wiederhören.",
        silence: "Ich habe leider nichts gehört.",
        wrong: "Das steht leider nicht zur Wahl.",
        attending: |when| format!("Vielen Dank. Wir freuen uns auf Sie, {when}."),
        no_times: |when| {
            format!("Zurzeit ist keine andere Zeit frei. Ihr Termin bleibt, wie er ist, {when}.")
        },
        ask_cancel: |what, when| {
            format!(
                "Möchten Sie {what}, {when}, absagen? Zum Absagen drücken Sie die 1, zum Behalten die 2."
            )
        },
        kept: |when| format!("Ihr Termin bleibt, wie er ist, {when}."),
        moved: |when| format!("Erledigt. Ihr Termin ist jetzt {when}."),
        moving: |when| {
            format!(
                "Vielen Dank. Wir verschieben ihn auf {when}. Sie bekommen eine Nachricht, wenn es so weit ist."
            )
        },
        cancelled: |when| format!("Ihr Termin, {when}, ist abgesagt."),
        unavailable: |when| {
            format!(
                "Der Kalender ist leider nicht erreichbar. Bitte versuchen Sie es später noch \
                 einmal. Ihr Termin bleibt, wie er ist, {when}."
            )
        },
        over: "Dieser Termin ist vorbei oder abgesagt.",
        may_not: "Nur wer diesen Termin gebucht hat, kann ihn ändern.",
        in_progress: "Dieser Termin wird gerade geändert. Sie bekommen eine Nachricht, wenn es so weit ist.",
        which: Which {
            confirm: "Welchen Termin möchten Sie bestätigen?",
            reschedule: "Welchen Termin möchten Sie verschieben?",
            cancel: "Welchen Termin möchten Sie absagen?",
        },
        choice: |what, number| format!("Für {what}, drücken Sie die {number}."),
        free: Free {
            asked: "Diese Zeiten sind frei.",
            occupied: "Diese Zeit ist nicht frei, aber diese sind es.",
            lapsed: "Diese Zeiten sind nicht mehr für Sie reserviert. Jetzt sind diese frei.",
            more: "Diese Zeiten sind auch frei.",
            taken: "Diese Zeit wurde leider gerade vergeben. Diese sind noch frei.",
        },
        others: "Für andere Zeiten drücken Sie die 4. Um das noch einmal zu hören, drücken Sie die 9.",
    },
    news: SpokenNews {
        hello: "Guten Tag.",
        received: |of| format!("Wir haben Ihre Anfrage: {of}. Sie ist noch nicht bestätigt."),
        confirmed: |of| format!("Ihr Termin ist bestätigt: {of}."),
        reminder: |of| format!("Wir erinnern Sie an Ihren Termin: {of}."),
        moved: |of| format!("Ihr Termin wurde verschoben. Er ist jetzt: {of}."),
        updated: |of| {
            format!("Die Angaben zu Ihrem Termin haben sich geändert. Er ist jetzt: {of}.")
        },
        move_not_possible: |of| {
            format!("Die gewünschte Zeit war nicht zu haben. Ihr Termin bleibt, wie er ist: {of}.")
        },
        cancelled: |of| format!("Ihr Termin, {of}, ist abgesagt."),
        not_possible: |of| format!("Es tut uns leid. {of} konnte nicht gebucht werden."),
        waitlisted: |of| format!("Sie stehen auf der Warteliste: {of}."),
        seats_offered: |of, until| {
            format!(
                "Für Sie ist Platz: {of}. Bitte nehmen Sie ihn bis {until} an, mit dem Link von uns."
            )
        },
        waited_in_vain: |of| format!("Es tut uns leid. Es ist kein Platz frei geworden: {of}."),
    },
    spoken: SpokenDates {
        weekdays: Language::German.weekdays(),
        months: Language::German.months(),
        clock: "%-H:%M",
        moment: |weekday, day, month, time| format!("{weekday}, {day}. {month}, um {time} Uhr"),
        zone_of: |place| format!("Zeit in {place}"),
        universal: "Weltzeit",
    },
};
