//! Spanish.

use domain::Language;

use super::{ByText, Free, InCall, Phrases, SpokenDates, SpokenNews, Which};

pub(super) const PHRASES: Phrases = Phrases {
    by_text: ByText {
        choices: "Responda C para confirmar, R para otra hora, X para anular.",
        attending: |what, when| format!("Gracias por confirmar: {what}, {when}."),
        no_times: |what, when| {
            format!("De momento no hay otra hora libre. Su cita sigue: {what}, {when}.")
        },
        ask_cancel: |what, when| {
            format!("¿Anular {what}, {when}? Responda 1 para anular, 2 para mantener.")
        },
        kept: |what, when| format!("Sigue en pie: {what}, {when}."),
        moved: |what, when| format!("Cambiada: {what}, {when}."),
        moving: |when| format!("La estamos cambiando a {when}. Le avisaremos cuando esté."),
        cancelled: |what, when| format!("Anulada: {what}, {when}."),
        unavailable: |what, when| {
            format!(
                "No se puede leer el calendario; inténtelo más tarde. Sigue en pie: {what}, {when}."
            )
        },
        over: "Esa cita ya pasó o se anuló. No se ha cambiado nada.",
        nobody: |home| format!("No hay ninguna cita próxima con este número. Reserve: {home}"),
        nothing_asked: "No hay ninguna pregunta abierta.",
        yours: |what, when| format!("Su cita: {what}, {when}."),
        not_a_choice: "Responda con uno de los números, o con ? para ver las opciones.",
        may_not: "Solo quien reservó puede cambiar esta cita. Responda C para confirmar que viene.",
        in_progress: "Esta cita se está cambiando. Le avisaremos cuando esté.",
        not_understood: "Perdone, no lo hemos entendido.",
        which: Which {
            confirm: "¿Cuál quiere confirmar?",
            reschedule: "¿Cuál quiere cambiar?",
            cancel: "¿Cuál quiere anular?",
        },
        its_number: "Responda con su número.",
        is_free: |when| format!("{when} está libre. Responda 1 para cambiar a esa hora."),
        or_else: |list| format!("O bien: {list}."),
        free: Free {
            asked: "Horas libres",
            occupied: "Esa hora no está libre, pero sí estas",
            lapsed: "Esas horas ya no están guardadas. Libres ahora",
            more: "Otras horas libres",
            taken: "Esa hora se acaba de ocupar. Aún libres",
        },
        pick: "Responda pronto con un número, o R para ver otras.",
    },
    in_call: InCall {
        menu: "Para confirmar que viene, pulse 1, o diga confirmar. \
            Para cambiarla a otra hora, pulse 2, o diga cambiar. \
            Para anularla, pulse 3, o diga anular. Para oír esto otra vez, pulse 9.",
        goodbye: "Adiós.",
        greeting: |what, when| format!("Hola. Su cita es {what}, {when}."),
        greeting_of: |count, what, when| {
            format!("Hola. Tiene {count} citas. La próxima es {what}, {when}.")
        },
        stranger: "Hola. No hay ninguna cita próxima con este número. Si tiene un código de \
            reserva, marque ahora sus ocho cifras. Si no, reserve en nuestra página web o responda \
            al mensaje que le enviamos. Adiós.",
        for_machine: "Hola. Este es un mensaje sobre su cita. Mire el mensaje o el correo que le \
            enviamos, o devuelva la llamada a este número. Adiós.",
        given_up: "Lo sentimos, no ha funcionado. No se ha cambiado nada. Adiós.",
        silence: "Perdone, no he oído nada.",
        wrong: "Perdone, esa no es una de las opciones.",
        attending: |when| format!("Gracias. Le esperamos el {when}."),
        no_times: |when| {
            format!("De momento no hay otra hora libre. Su cita sigue como estaba, {when}.")
        },
        ask_cancel: |what, when| {
            format!(
                "¿Quiere anular {what}, {when}? Para anularla, pulse 1. Para mantenerla, pulse 2."
            )
        },
        kept: |when| format!("Su cita sigue como estaba, {when}."),
        moved: |when| format!("Hecho. Su cita es ahora el {when}."),
        moving: |when| {
            format!("Gracias. La estamos cambiando al {when}. Recibirá un mensaje cuando esté.")
        },
        cancelled: |when| format!("Su cita, {when}, queda anulada."),
        unavailable: |when| {
            format!(
                "Lo sentimos, no se puede leer el calendario. Inténtelo más tarde. Su cita sigue \
                 como estaba, {when}."
            )
        },
        over: "Esa cita ya pasó o se anuló.",
        may_not: "Solo quien reservó esta cita puede cambiarla.",
        in_progress: "Esta cita se está cambiando. Recibirá un mensaje cuando esté.",
        which: Which {
            confirm: "¿Cuál quiere confirmar?",
            reschedule: "¿Cuál quiere cambiar?",
            cancel: "¿Cuál quiere anular?",
        },
        choice: |what, number| format!("Para {what}, pulse {number}."),
        free: Free {
            asked: "Estas horas están libres.",
            occupied: "Esa hora no está libre, pero estas sí.",
            lapsed: "Esas horas ya no están guardadas. Ahora están libres estas.",
            more: "Estas horas también están libres.",
            taken: "Lo sentimos, esa hora se acaba de ocupar. Estas siguen libres.",
        },
        others: "Para otras horas, pulse 4. Para oír esto otra vez, pulse 9.",
    },
    news: SpokenNews {
        hello: "Hola.",
        received: |of| format!("Tenemos su solicitud: {of}. Todavía no está confirmada."),
        confirmed: |of| format!("Su cita está confirmada: {of}."),
        reminder: |of| format!("Le recordamos su cita: {of}."),
        moved: |of| format!("Su cita ha cambiado de hora. Ahora es: {of}."),
        updated: |of| format!("Los datos de su cita han cambiado. Ahora es: {of}."),
        move_not_possible: |of| {
            format!("La hora que pidió no está disponible. Su cita sigue como estaba: {of}.")
        },
        cancelled: |of| format!("Su cita, {of}, está cancelada."),
        not_possible: |of| format!("Lo sentimos. No se ha podido reservar: {of}."),
        waitlisted: |of| format!("Está en la lista de espera: {of}."),
        seats_offered: |of, until| {
            format!(
                "Hay sitio para usted: {of}. Acéptelo antes del {until}, con el enlace que le enviamos."
            )
        },
        waited_in_vain: |of| format!("Lo sentimos. No ha quedado ninguna plaza libre: {of}."),
    },
    spoken: SpokenDates {
        weekdays: Language::Spanish.weekdays(),
        months: Language::Spanish.months(),
        clock: "%-H:%M",
        moment: |weekday, day, month, time| format!("{weekday} {day} de {month}, a las {time}"),
        zone_of: |place| format!("hora de {place}"),
        universal: "hora universal",
    },
};
