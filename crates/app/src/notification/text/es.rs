//! Spanish.

use super::catalogue::{Catalogue, ForHost, Labels, Saying};
use super::when::{Clock, Dates};

pub(super) const CATALOGUE: Catalogue = Catalogue {
    dates: Dates {
        weekdays: ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
        months: [
            "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic",
        ],
        day: "{weekday}, {day} {month}",
        clock: Clock::TwentyFour,
        to: "a",
        zone_of: "hora de {place}",
    },
    greeting: "Hola, {name}:",
    greeting_without_name: "Hola:",
    labels: Labels {
        what: "Qué",
        when: "Cuándo",
        place: "Dónde",
        with: "Con",
        still_free: "Aún libre",
        reason: "Motivo",
        who: "Quién",
        people: "Personas",
        notes: "Notas",
        change_or_cancel: "Cambiar o cancelar",
        choose_another_time: "Elegir otra hora",
        accept: "Aceptar",
        see_waiting_list: "Ver o dejar la lista",
        open_booking: "Abrir la reserva",
        replies: "Responda C para confirmar, R para cambiar, X para anular. O",
        reply_coming: "Responda C para confirmar. Detalles",
        by_phone: "Por teléfono",
        booking_code: "código de reserva",
    },
    received: Saying {
        heading: "Solicitud recibida",
        sentence: "Hemos recibido su solicitud. Todavía no está confirmada; le avisaremos.",
    },
    confirmed: Saying { heading: "Confirmada", sentence: "Su cita está confirmada." },
    reminder: Saying { heading: "Recordatorio", sentence: "Su cita se acerca." },
    moved: Saying {
        heading: "Cambio de hora",
        sentence: "Su cita ha cambiado de hora. Antes era el {earlier}.",
    },
    updated: Saying {
        heading: "Modificada",
        sentence: "Los datos de su cita han cambiado. La hora sigue siendo la misma.",
    },
    move_not_possible: Saying {
        heading: "Sin cambio",
        sentence: "La hora que pidió ({earlier}) no está disponible. Su cita sigue como estaba.",
    },
    cancelled: Saying { heading: "Cancelada", sentence: "Su cita está cancelada." },
    cancelled_by_host: Saying {
        heading: "Cancelada",
        sentence: "El anfitrión ha cancelado su cita.",
    },
    cancelled_unreached: Saying {
        heading: "Cancelada",
        sentence: "Su cita está cancelada porque ningún mensaje nuestro le ha llegado.",
    },
    not_possible: Saying {
        heading: "Sin reserva",
        sentence: "Lo sentimos: no se ha podido reservar la hora que pidió.",
    },
    waitlisted: Saying {
        heading: "En lista de espera",
        sentence: "Todas las plazas están ocupadas. Está en la lista de espera y le avisaremos en cuanto haya una libre.",
    },
    seats_offered: Saying {
        heading: "Hay una plaza libre",
        sentence: "Se la guardamos hasta el {until}. Acéptela antes, por favor.",
    },
    waited_in_vain: Saying {
        heading: "Sin plaza libre",
        sentence: "Lo sentimos: su turno en la lista de espera ha terminado.",
    },
    for_host: ForHost {
        new: Saying { heading: "Nueva reserva", sentence: "Alguien ha reservado con usted." },
        moved: Saying {
            heading: "Reserva cambiada",
            sentence: "Una reserva ha cambiado de hora. Antes era el {earlier}.",
        },
        cancelled: Saying {
            heading: "Reserva cancelada",
            sentence: "Se ha cancelado una reserva.",
        },
        failed: Saying {
            heading: "Reserva fallida",
            sentence: "Una reserva no se pudo anotar a tiempo en su calendario. Quien reservó ya está avisado.",
        },
        unreached: Saying {
            heading: "Sin contacto",
            sentence: "Ninguno de nuestros mensajes ha llegado a {name}. La reserva sigue en pie; póngase en contacto, por favor.",
        },
        day: Saying { heading: "Su día", sentence: "Hoy no tiene reservas." },
        footer: "Recibe este mensaje porque es el anfitrión. Lo que se le comunica se ajusta junto a su nombre en Doorstep.",
    },
    footer: "Recibe este mensaje porque alguien reservó \"{title}\" con esta dirección.",
};
