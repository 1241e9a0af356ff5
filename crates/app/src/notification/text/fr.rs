//! French.

use super::catalogue::{Catalogue, ForHost, Labels, Saying};
use super::when::{Clock, Dates};

pub(super) const CATALOGUE: Catalogue = Catalogue {
    dates: Dates {
        weekdays: ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
        months: [
            "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.",
            "nov.", "déc.",
        ],
        day: "{weekday} {day} {month}",
        clock: Clock::TwentyFour,
        to: "à",
        zone_of: "heure de {place}",
    },
    greeting: "Bonjour {name},",
    greeting_without_name: "Bonjour,",
    labels: Labels {
        what: "Objet",
        when: "Quand",
        place: "Lieu",
        with: "Avec",
        still_free: "Encore libre",
        reason: "Motif",
        who: "Qui",
        people: "Personnes",
        notes: "Remarques",
        change_or_cancel: "Modifier ou annuler",
        choose_another_time: "Choisir un autre horaire",
        accept: "Accepter",
        see_waiting_list: "Voir ou quitter la liste",
        open_booking: "Ouvrir la réservation",
        replies: "Répondez C pour confirmer, R pour déplacer, X pour annuler. Ou",
        reply_coming: "Répondez C pour confirmer. Détails",
        by_phone: "Par téléphone",
        booking_code: "code de réservation",
    },
    received: Saying {
        heading: "Demande reçue",
        sentence: "Nous avons votre demande. Elle n'est pas encore confirmée ; vous aurez de nos nouvelles.",
    },
    confirmed: Saying { heading: "Confirmé", sentence: "Votre rendez-vous est confirmé." },
    reminder: Saying { heading: "Rappel", sentence: "Votre rendez-vous approche." },
    moved: Saying {
        heading: "Déplacé",
        sentence: "Votre rendez-vous a été déplacé. Il était prévu {earlier}.",
    },
    updated: Saying {
        heading: "Modifié",
        sentence: "Les informations de votre rendez-vous ont changé. L’heure reste la même.",
    },
    move_not_possible: Saying {
        heading: "Non déplacé",
        sentence: "L'horaire demandé ({earlier}) n'était pas disponible. Votre rendez-vous reste inchangé.",
    },
    cancelled: Saying { heading: "Annulé", sentence: "Votre rendez-vous est annulé." },
    cancelled_by_host: Saying {
        heading: "Annulé",
        sentence: "Votre rendez-vous a été annulé par votre hôte.",
    },
    cancelled_unreached: Saying {
        heading: "Annulé",
        sentence: "Votre rendez-vous est annulé, car aucun de nos messages ne vous est parvenu.",
    },
    not_possible: Saying {
        heading: "Non réservé",
        sentence: "Nous sommes désolés : l'horaire demandé n'a pas pu être réservé.",
    },
    waitlisted: Saying {
        heading: "Sur la liste d'attente",
        sentence: "Toutes les places sont prises. Vous êtes sur la liste d'attente et serez prévenu dès qu'une place se libère.",
    },
    seats_offered: Saying {
        heading: "Une place est libre",
        sentence: "Elle est gardée pour vous jusqu'au {until}. Merci de l'accepter d'ici là.",
    },
    waited_in_vain: Saying {
        heading: "Aucune place libérée",
        sentence: "Nous sommes désolés : votre place sur la liste d'attente a expiré.",
    },
    for_host: ForHost {
        new: Saying {
            heading: "Nouvelle réservation",
            sentence: "Quelqu'un a réservé un créneau avec vous.",
        },
        moved: Saying {
            heading: "Réservation déplacée",
            sentence: "Une réservation a été déplacée. Elle était prévue {earlier}.",
        },
        cancelled: Saying {
            heading: "Réservation annulée",
            sentence: "Une réservation a été annulée.",
        },
        failed: Saying {
            heading: "Réservation échouée",
            sentence: "Une réservation n'a pas pu être inscrite à temps dans votre agenda. La personne est prévenue.",
        },
        unreached: Saying {
            heading: "Non joint",
            sentence: "Aucun de nos messages n'est parvenu à {name}. La réservation est maintenue ; merci de prendre contact.",
        },
        day: Saying {
            heading: "Votre journée",
            sentence: "Vous n'avez pas de réservation aujourd'hui.",
        },
        footer: "Vous recevez ce message en tant qu'hôte. Ce qui vous est annoncé se règle avec votre nom dans Doorstep.",
    },
    footer: "Vous recevez ce message parce que quelqu'un a réservé « {title} » avec cette adresse.",
};
