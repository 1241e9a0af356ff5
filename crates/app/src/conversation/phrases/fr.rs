//! French.

use domain::Language;

use super::{ByText, Free, InCall, Phrases, SpokenDates, SpokenNews, Which};

pub(super) const PHRASES: Phrases = Phrases {
    by_text: ByText {
        choices: "Répondez C pour confirmer, R pour un autre horaire, X pour annuler.",
        attending: |what, when| format!("Merci d'avoir confirmé : {what}, {when}."),
        no_times: |what, when| {
            format!(
                "Aucun autre horaire n'est libre pour le moment. Votre rendez-vous reste : {what}, {when}."
            )
        },
        ask_cancel: |what, when| {
            format!("Annuler {what}, {when} ? Répondez 1 pour annuler, 2 pour garder.")
        },
        kept: |what, when| format!("C'est maintenu : {what}, {when}."),
        moved: |what, when| format!("Déplacé : {what}, {when}."),
        moving: |when| format!("Nous le déplaçons : {when}. Vous serez prévenu une fois fait."),
        cancelled: |what, when| format!("Annulé : {what}, {when}."),
        unavailable: |what, when| {
            format!(
                "L'agenda est injoignable ; réessayez plus tard. C'est maintenu : {what}, {when}."
            )
        },
        over: "Ce rendez-vous est passé ou annulé. Rien n'a été changé.",
        nobody: |home| {
            format!("Aucun rendez-vous à venir n'est connu pour ce numéro. Réserver : {home}")
        },
        nothing_asked: "Aucune question n'est ouverte.",
        yours: |what, when| format!("Votre rendez-vous : {what}, {when}."),
        not_a_choice: "Répondez avec un des numéros, ou ? pour voir les choix.",
        may_not: "Seule la personne qui a réservé peut changer ce rendez-vous. Répondez C pour confirmer que vous venez.",
        in_progress: "Ce rendez-vous est en cours de modification. Vous serez prévenu une fois fait.",
        not_understood: "Désolé, nous n'avons pas compris.",
        which: Which {
            confirm: "Lequel voulez-vous confirmer ?",
            reschedule: "Lequel voulez-vous déplacer ?",
            cancel: "Lequel voulez-vous annuler ?",
        },
        its_number: "Répondez avec son numéro.",
        is_free: |when| format!("{when} est libre. Répondez 1 pour déplacer à cet horaire."),
        or_else: |list| format!("Ou : {list}."),
        free: Free {
            asked: "Horaires libres",
            occupied: "Cet horaire n'est pas libre, mais ceux-ci le sont",
            lapsed: "Ces horaires ne sont plus gardés. Libres maintenant",
            more: "Autres horaires libres",
            taken: "Cet horaire vient d'être pris. Encore libres",
        },
        pick: "Répondez vite avec un numéro, ou R pour d'autres.",
    },
    in_call: InCall {
        menu: "Pour confirmer que vous venez, appuyez sur 1, ou dites confirmer. \
            Pour le déplacer, appuyez sur 2, ou dites déplacer. \
            Pour l'annuler, appuyez sur 3, ou dites annuler. Pour réécouter, appuyez sur 9.",
        goodbye: "Au revoir.",
        greeting: |what, when| format!("Bonjour. Votre rendez-vous est {what}, {when}."),
        greeting_of: |count, what, when| {
            format!("Bonjour. Vous avez {count} rendez-vous. Le prochain est {what}, {when}.")
        },
        stranger: "Bonjour. Aucun rendez-vous à venir n'est connu pour ce numéro. Si vous avez un \
            code de réservation, composez maintenant ses huit chiffres. Sinon, réservez sur notre \
            site, ou répondez au message que nous vous avons envoyé. Au revoir.",
        for_machine: "Bonjour. Ceci est un message au sujet de votre rendez-vous. Consultez le SMS \
            ou l'e-mail que nous vous avons envoyé, ou rappelez ce numéro. Au revoir.",
        given_up: "Désolé, cela n'a pas marché. Rien n'a été changé. Au revoir.",
        silence: "Désolé, je n'ai rien entendu.",
        wrong: "Désolé, ce n'est pas un des choix.",
        attending: |when| format!("Merci. Nous vous attendons {when}."),
        no_times: |when| {
            format!(
                "Aucun autre horaire n'est libre pour le moment. Votre rendez-vous reste inchangé, {when}."
            )
        },
        ask_cancel: |what, when| {
            format!(
                "Voulez-vous annuler {what}, {when} ? Pour annuler, appuyez sur 1. Pour le garder, appuyez sur 2."
            )
        },
        kept: |when| format!("Votre rendez-vous reste inchangé, {when}."),
        moved: |when| format!("C'est fait. Votre rendez-vous est maintenant {when}."),
        moving: |when| {
            format!(
                "Merci. Nous le déplaçons : {when}. Vous recevrez un message une fois que ce sera fait."
            )
        },
        cancelled: |when| format!("Votre rendez-vous, {when}, est annulé."),
        unavailable: |when| {
            format!(
                "Désolé, l'agenda est injoignable. Réessayez plus tard. Votre rendez-vous reste \
                 inchangé, {when}."
            )
        },
        over: "Ce rendez-vous est passé, ou a été annulé.",
        may_not: "Seule la personne qui a réservé ce rendez-vous peut le changer.",
        in_progress: "Ce rendez-vous est en cours de modification. Vous recevrez un message une fois que ce sera fait.",
        which: Which {
            confirm: "Lequel voulez-vous confirmer ?",
            reschedule: "Lequel voulez-vous déplacer ?",
            cancel: "Lequel voulez-vous annuler ?",
        },
        choice: |what, number| format!("Pour {what}, appuyez sur {number}."),
        free: Free {
            asked: "Ces horaires sont libres.",
            occupied: "Cet horaire n'est pas libre, mais ceux-ci le sont.",
            lapsed: "Ces horaires ne sont plus gardés pour vous. Ceux-ci sont libres maintenant.",
            more: "Ces horaires sont libres aussi.",
            taken: "Désolé, cet horaire vient d'être pris. Ceux-ci sont encore libres.",
        },
        others: "Pour d'autres horaires, appuyez sur 4. Pour réécouter, appuyez sur 9.",
    },
    news: SpokenNews {
        hello: "Bonjour.",
        received: |of| format!("Nous avons votre demande : {of}. Elle n'est pas encore confirmée."),
        confirmed: |of| format!("Votre rendez-vous est confirmé : {of}."),
        reminder: |of| format!("Nous vous rappelons votre rendez-vous : {of}."),
        moved: |of| format!("Votre rendez-vous a été déplacé. C'est maintenant : {of}."),
        updated: |of| format!("Votre rendez-vous a changé. C'est maintenant : {of}."),
        move_not_possible: |of| {
            format!(
                "L'horaire demandé n'était pas disponible. Votre rendez-vous reste inchangé : {of}."
            )
        },
        cancelled: |of| format!("Votre rendez-vous, {of}, est annulé."),
        not_possible: |of| format!("Nous sommes désolés. Cela n'a pas pu être réservé : {of}."),
        waitlisted: |of| format!("Vous êtes sur la liste d'attente : {of}."),
        seats_offered: |of, until| {
            format!(
                "Il y a une place pour vous : {of}. Acceptez-la avant {until}, avec le lien que nous vous avons envoyé."
            )
        },
        waited_in_vain: |of| format!("Nous sommes désolés. Aucune place ne s'est libérée : {of}."),
    },
    spoken: SpokenDates {
        weekdays: Language::French.weekdays(),
        months: Language::French.months(),
        clock: "%-H:%M",
        moment: |weekday, day, month, time| match day {
            1 => format!("{weekday} 1er {month}, à {time}"),
            day => format!("{weekday} {day} {month}, à {time}"),
        },
        zone_of: |place| format!("heure de {place}"),
        universal: "temps universel",
    },
};
