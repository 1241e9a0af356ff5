//! French.

use domain::Language;
use jiff::civil::Date;

use super::dashboard::{ADMIN, DOOR, EXPLAIN, OPERATIONS};
use super::{
    Booking, Common, Dates, Home, Manage, Messages, Picker, Refused, Saying, Text, counted, joined,
    minutes, month_in, weekday_in,
};

pub(super) static TEXT: Text = Text {
    language: "fr",
    common: Common {
        skip_to_content: "Aller au contenu",
        powered_by: "Réservation avec Doorstep",
        when: "Quand",
        place: "Où",
        with: "Avec",
        length: "Durée",
        people: "Personnes",
        reference: "Référence",
        status: "État",
        optional: "facultatif",
        minutes,
        people_counted: |count| counted(count as usize, "personne", "personnes"),
        joined: |names| joined(names, "et"),
    },
    dates: Dates {
        weekdays: WEEKDAYS,
        weekdays_short: ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
        long: |_, date| {
            let weekday = weekday_in(&WEEKDAYS, date);
            let day = match date.day() {
                1 => "1er".to_owned(),
                day => day.to_string(),
            };
            format!("{weekday} {day} {} {}", month_in(&MONTHS, date), date.year())
        },
        month: |date: Date| format!("{} {}", month_in(&MONTHS, date), date.year()),
        morning: "Matin",
        afternoon: "Après-midi",
        evening: "Soir",
    },
    picker: Picker {
        choose_day: "Choisissez un jour",
        choose_day_hint: "Choisissez un jour dont la porte est ouverte pour voir ses horaires.",
        choose_time: "Choisissez un horaire",
        previous_month: |month| format!("Mois précédent, {month}"),
        next_month: |month| format!("Mois suivant, {month}"),
        day_free: |day, times| {
            format!("{day}, {}", counted(times, "horaire libre", "horaires libres"))
        },
        day_full: |day| format!("{day}, complet"),
        day_waitlist: |day| format!("{day}, complet, avec liste d’attente"),
        legend_free: "Horaires libres",
        legend_full: "Complet",
        legend_closed: "Non proposé",
        places_left: |places| counted(places as usize, "place libre", "places libres"),
        slot_full: "Complet",
        slot_waitlist: "Complet : liste d’attente",
        nothing_this_month: |month| format!("Aucun horaire n’est libre en {month}."),
        nothing_ahead: Saying {
            title: "Aucun horaire n’est libre pour le moment",
            detail: "De nouveaux peuvent s’ouvrir. Revenez voir dans un jour ou deux.",
        },
        nothing_on_day: "Aucun horaire n’est libre ce jour-là. Choisissez-en un autre.",
        next_free_day: |day| format!("Aller au {day}"),
        unavailable: Saying {
            title: "Nous ne pouvons pas lire l’agenda en ce moment",
            detail: "Pour que personne ne soit réservé deux fois, aucun horaire n’est montré avant \
                     qu’il réponde. Réessayez dans quelques minutes.",
        },
        try_again: "Réessayer",
        times_in: |zone| format!("Horaires dans le fuseau {zone}."),
        zone: "Fuseau horaire",
        zone_change: "Changer de fuseau horaire",
        zone_submit: "Voir les horaires",
        loading: "Chargement des horaires…",
    },
    booking: Booking {
        title: |service| format!("Réserver : {service}"),
        your_details: "Vos coordonnées",
        change_time: "Changer d’horaire",
        name: "Votre nom",
        email: "E-mail",
        email_hint: "Pour la confirmation et l’invitation dans votre agenda.",
        phone: "Téléphone portable",
        phone_hint: "Avec un numéro, vous acceptez des SMS sur cette réservation. Répondez STOP \
                     pour ne plus en recevoir.",
        party_size: "Combien de personnes viennent ?",
        party_hint: |most| format!("Vous compris, {most} au plus."),
        notes: "Que devons-nous savoir ?",
        notes_hint: "Accessibilité, questions, qui d’autre vient.",
        either: "Indiquez un e-mail ou un numéro de téléphone, pour que nous puissions confirmer.",
        submit: "Confirmer la réservation",
        submitting: "Réservation en cours…",
        join_waitlist: "Rejoindre la liste d’attente",
        waitlist: Saying {
            title: "Cet horaire est complet",
            detail: "Rejoignez la liste d’attente et nous vous préviendrons dès qu’une place se \
                     libère.",
        },
        faults: |count| match count {
            1 => "Un point est à corriger".to_owned(),
            _ => format!("{count} points sont à corriger"),
        },
        name_missing: "Indiquez votre nom.",
        contact_missing: "Indiquez un e-mail ou un numéro de téléphone.",
        email_invalid: "Ce n’est pas une adresse e-mail. Elle ressemble à nom@example.com.",
        phone_invalid: "Ce n’est pas un numéro de téléphone. Écrivez-le avec l’indicatif du pays, \
                        comme +1 213 555 0100.",
        start_missing: "Choisissez un horaire.",
        hidden_characters: |field| {
            format!(
                "« {field} » contient des caractères qui ne peuvent pas être affichés. Saisissez-le à nouveau."
            )
        },
        too_long: |field| format!("« {field} » est trop long. Raccourcissez-le."),
        not_understood: |field| format!("« {field} » n’a pas été compris. Vérifiez-le."),
        form_broken: "Le formulaire est arrivé incomplet. Envoyez-le à nouveau.",
    },
    refused: Refused {
        taken: Saying {
            title: "Quelqu’un a été un instant plus rapide",
            detail: "Cet horaire vient d’être pris. Votre saisie est gardée : choisissez un autre \
                     horaire et confirmez à nouveau.",
        },
        taken_alone: Saying {
            title: "Cet horaire vient d’être pris",
            detail: "Choisissez un autre jour ou un autre horaire. Rien n’a été réservé.",
        },
        not_offered: Saying {
            title: "Cet horaire n’est pas proposé",
            detail: "Choisissez un autre horaire. Rien n’a été réservé.",
        },
        alternatives: "Horaires libres les plus proches",
        see_all: "Voir tous les horaires",
        too_late: Saying {
            title: "Il est trop tard pour cet horaire",
            detail: "Il commence trop tôt pour que nous le préparions. Choisissez-en un plus tardif.",
        },
        sent_before: Saying {
            title: "Vous avez déjà envoyé ce formulaire",
            detail: "La réservation faite avec lui reste inchangée : le lien de son message permet \
                     de la modifier. Confirmez à nouveau seulement pour en faire une autre.",
        },
        unavailable: Saying {
            title: "Nous n’avons pas pu consulter l’agenda",
            detail: "Rien n’a été réservé. Votre saisie est gardée : réessayez dans quelques \
                     minutes.",
        },
        failed: Saying {
            title: "Un problème est survenu de notre côté",
            detail: "Réessayez. Envoyer deux fois le même formulaire ne réserve jamais deux fois.",
        },
        failed_reference: |id| format!("Si cela se reproduit, donnez-nous cette référence : {id}"),
        in_progress: Saying {
            title: "Une modification est déjà en cours",
            detail: "Cela prend quelques secondes. Regardez à nouveau avant de modifier autre chose.",
        },
        already_over: Saying {
            title: "Cette réservation ne peut plus être modifiée",
            detail: "Elle est passée ou a été annulée. Rien n’a été modifié.",
        },
        changed_meanwhile: Saying {
            title: "Cette réservation a changé depuis que vous avez ouvert la page",
            detail: "Votre dernier clic n’a rien modifié. Son état actuel est ci-dessous.",
        },
        not_allowed: Saying {
            title: "Seule la personne qui a réservé peut modifier ceci",
            detail: "Rien n’a été modifié. Demandez-lui de la déplacer ou de l’annuler.",
        },
    },
    manage: Manage {
        title: |service| format!("Votre réservation : {service}"),
        waitlisted: Saying {
            title: "Vous êtes sur la liste d’attente",
            detail: "Nous vous préviendrons dès qu’une place se libère. Vous n’avez rien à faire.",
        },
        pending: Saying {
            title: "Nous confirmons votre réservation",
            detail: "L’horaire est gardé pour vous. Cela prend en général quelques secondes, et \
                     vous recevrez un message dès que c’est décidé.",
        },
        confirmed: Saying {
            title: "Votre réservation est confirmée",
            detail: "Elle est dans l’agenda. Au plaisir de vous voir.",
        },
        moving: Saying {
            title: "Votre réservation est en cours de déplacement",
            detail: "Tant que le nouvel horaire n’est pas acquis, l’ancien reste valable.",
        },
        cancelled: Saying {
            title: "Cette réservation est annulée",
            detail: "L’horaire est de nouveau libre. Vous n’avez rien à faire.",
        },
        declined: Saying {
            title: "Nous n’avons pas pu confirmer cette réservation",
            detail: "L’agenda était en fait occupé à cet horaire. Nous sommes désolés. Choisissez \
                     un autre horaire.",
        },
        failed: Saying {
            title: "Cette réservation n’a pas pu se faire à temps",
            detail: "L’agenda est resté injoignable jusqu’à ce qu’il soit trop tard. Nous sommes \
                     désolés. Choisissez un autre horaire.",
        },
        expired: Saying {
            title: "Aucune place ne s’est libérée",
            detail: "Votre place sur la liste d’attente a expiré. Choisissez un autre horaire.",
        },
        completed: Saying { title: "Ce rendez-vous a eu lieu", detail: "Merci d’être venu." },
        past: Saying {
            title: "Cet horaire est passé",
            detail: "La réservation ne peut plus être déplacée ni annulée.",
        },
        no_show: Saying {
            title: "Vous nous avez manqué",
            detail: "Cette réservation est terminée. Choisissez un autre horaire si vous voulez.",
        },
        moving_to: "Déplacée au",
        booked_by: "Réservé pour",
        add_to_calendar: "Ajouter à votre agenda",
        by_phone: "Par téléphone",
        booking_code: "Code de réservation",
        change: "Besoin de la modifier ?",
        move_booking: "Déplacer à un autre horaire",
        move_heading: "Choisissez un nouvel horaire",
        move_hint: |when| {
            format!(
                "Votre réservation reste fixée ({when}) jusqu’à ce que vous en confirmiez un nouveau."
            )
        },
        move_from: "Maintenant",
        move_to: "Nouvel horaire",
        move_submit: "Déplacer ma réservation",
        moving_now: "Déplacement…",
        keep: "La laisser ainsi",
        cancel: "Annuler la réservation",
        cancel_question: "Annuler cette réservation ?",
        cancel_warning: "L’horaire est libéré aussitôt et sera peut-être pris si vous changez d’avis.",
        reason: "Motif",
        reason_hint: "Il nous aide à nous organiser. L’hôte le verra.",
        cancel_submit: "Oui, l’annuler",
        cancelling: "Annulation…",
        book_again: "Réserver un autre horaire",
        open_page: "Voir ou modifier votre réservation",
        not_yours: "Pour déplacer ou annuler, demandez à la personne qui a réservé.",
        stands_choose: "Votre réservation reste inchangée. Choisissez un autre nouvel horaire.",
        stands_retry: "Votre réservation reste inchangée. Réessayez dans quelques minutes.",
        was_booked: Saying {
            title: "Merci, nous avons votre demande",
            detail: "Gardez l’adresse de cette page : elle permet de voir, déplacer ou annuler \
                     votre réservation.",
        },
        was_moved: Saying {
            title: "Votre réservation a été déplacée",
            detail: "Le nouvel horaire est ci-dessous et dans l’agenda.",
        },
        move_requested: Saying {
            title: "Votre nouvel horaire est en cours de confirmation",
            detail: "Vous recevrez un message dès que c’est décidé.",
        },
        was_cancelled: Saying {
            title: "Votre réservation a été annulée",
            detail: "Toutes les personnes concernées sont prévenues.",
        },
        offered: Saying {
            title: "Une place est libre pour vous",
            detail: "Nous la gardons jusqu’à l’heure ci-dessous. Acceptez-la, ou laissez-la au \
                     suivant.",
        },
        place_in_line: |place| match place {
            1 => "Vous êtes le prochain de la liste.".to_owned(),
            place => format!("Vous êtes numéro {place} sur la liste."),
        },
        kept_until: |until| format!("Gardée pour vous jusqu’à : {until}."),
        accept: "Accepter la place",
        accepting: "Acceptation…",
        was_accepted: Saying {
            title: "La place est à vous", detail: "Merci de l’avoir acceptée."
        },
        offer_lapsed: Saying {
            title: "La place n’est plus gardée",
            detail: "Le délai pour l’accepter est passé, et elle est allée au suivant.",
        },
        leave_line: "Vous ne voulez plus attendre ?",
    },
    home: Home {
        title: "Réserver une visite",
        heading: "Trouvez un horaire. Entrez.",
        lead: "Choisissez ce que vous aimeriez voir et l’horaire qui vous convient. Vous aurez une \
               réponse en quelques secondes.",
        services: "Ouvert à la réservation",
        book: "Voir les horaires libres",
        empty: Saying {
            title: "Rien n’est ouvert à la réservation pour le moment",
            detail: "Revenez bientôt.",
        },
    },
    messages: Messages {
        to_services: "Voir ce qui peut être réservé",
        to_connections: "Retour aux connexions",
        reference: |id| format!("Référence : {id}"),
        not_found: Saying {
            title: "Il n’y a rien derrière cette porte",
            detail: "La page n’existe pas ou a changé d’adresse. Vérifiez l’adresse.",
        },
        service_not_found: Saying {
            title: "Ceci n’est plus ouvert à la réservation",
            detail: "C’est peut-être loué, vendu ou retiré. Regardez ce qu’il y a d’autre.",
        },
        unknown_link: Saying {
            title: "Ce lien n’ouvre aucune réservation",
            detail: "Aucune réservation ne lui correspond. Rien n’a été modifié.",
        },
        unknown_link_steps: [
            "Ouvrez à nouveau le lien de votre dernière confirmation : un plus ancien peut être coupé.",
            "Si vous l’avez copié, vérifiez qu’il est complet, sans rien avant ni après.",
            "Ou répondez à votre message de confirmation, et l’on vous aidera.",
        ],
        too_many: Saying {
            title: "Un instant, s’il vous plaît",
            detail: "Il y a eu trop de requêtes depuis votre connexion. Rien n’est perdu.",
        },
        wait_seconds: |seconds| {
            format!("Réessayez dans {}.", counted(seconds as usize, "seconde", "secondes"))
        },
        failed: Saying {
            title: "Un problème est survenu de notre côté",
            detail: "Nous en sommes informés. Réessayez dans un instant.",
        },
        foreign_form: Saying {
            title: "Ce formulaire ne venait pas de notre propre page",
            detail: "Pour vous protéger, rien n’a été fait. Rouvrez la page et recommencez là.",
        },
        connected: "L’agenda est connecté",
        connected_detail: |account| {
            format!(
                "Les réservations pour {account} y seront inscrites. Vous pouvez fermer cette fenêtre."
            )
        },
        consent_refused: Saying {
            title: "L’accès n’a pas été accordé",
            detail: "Rien n’a été modifié. Recommencez et choisissez « Autoriser » quand on vous \
                     le demande.",
        },
        wrong_account: "C’était un autre compte",
        wrong_account_detail: |expected, given| {
            format!(
                "Cette connexion est pour {expected}, mais {given} était connecté. Rien n’a été \
                 modifié. Recommencez et choisissez {expected}."
            )
        },
        scopes_missing: "Il manque des autorisations",
        scopes_missing_detail: |boxes| {
            format!(
                "Doorstep doit voir quand l’agenda est occupé et y inscrire ses propres événements. \
                 Rien n’a été modifié. Recommencez et cochez toutes les cases ; il manquait : {}.",
                boxes.join(" ; ")
            )
        },
        scope_box: |scope| match scope.rsplit('/').next() {
            Some("calendar.events") => "voir et modifier les événements de tous vos agendas",
            Some("calendar.freebusy") => "voir vos disponibilités dans vos agendas",
            Some("calendar.calendarlist.readonly") => "voir la liste de vos agendas",
            Some(_) | None => "une autre autorisation",
        },
        consent_expired: Saying {
            title: "Cette connexion a expiré",
            detail: "Elle a déjà servi, a pris trop de temps ou a commencé dans un autre \
                     navigateur. Rien n’a été modifié. Recommencez.",
        },
        consent_failed: Saying {
            title: "Le fournisseur n’a pas répondu comme prévu",
            detail: "Rien n’a été modifié. Recommencez dans quelques minutes.",
        },
    },
    door: &DOOR,
    operations: &OPERATIONS,
    explain: &EXPLAIN,
    admin: &ADMIN,
};

const WEEKDAYS: [&str; 7] = Language::French.weekdays();

const MONTHS: [&str; 12] = Language::French.months();
