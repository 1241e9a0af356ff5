//! Spanish.

use domain::Language;
use jiff::civil::Date;

use super::dashboard::{ADMIN, DOOR, EXPLAIN, OPERATIONS};
use super::{
    Booking, Common, Dates, Home, Manage, Messages, Picker, Refused, Saying, Text, counted, joined,
    minutes, month_in, weekday_in,
};

pub(super) static TEXT: Text = Text {
    language: "es",
    common: Common {
        skip_to_content: "Ir al contenido",
        powered_by: "Reservas con Doorstep",
        when: "Cuándo",
        place: "Dónde",
        with: "Con",
        length: "Duración",
        people: "Personas",
        reference: "Referencia",
        status: "Estado",
        optional: "opcional",
        minutes,
        people_counted: |count| counted(count as usize, "persona", "personas"),
        joined: |names| joined(names, "y"),
    },
    dates: Dates {
        weekdays: WEEKDAYS,
        weekdays_short: ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
        long: |_, date| {
            let weekday = weekday_in(&WEEKDAYS, date);
            format!("{weekday}, {} de {} de {}", date.day(), month_in(&MONTHS, date), date.year())
        },
        month: |date: Date| format!("{} de {}", month_in(&MONTHS, date), date.year()),
        morning: "Mañana",
        afternoon: "Tarde",
        evening: "Noche",
    },
    picker: Picker {
        choose_day: "Elija un día",
        choose_day_hint: "Elija un día con la puerta abierta para ver sus horas.",
        choose_time: "Elija una hora",
        previous_month: |month| format!("Mes anterior, {month}"),
        next_month: |month| format!("Mes siguiente, {month}"),
        day_free: |day, times| format!("{day}, {}", counted(times, "hora libre", "horas libres")),
        day_full: |day| format!("{day}, completo"),
        day_waitlist: |day| format!("{day}, completo, con lista de espera"),
        legend_free: "Horas libres",
        legend_full: "Completo",
        legend_closed: "Sin oferta",
        places_left: |places| counted(places as usize, "plaza libre", "plazas libres"),
        slot_full: "Completo",
        slot_waitlist: "Completo: lista de espera",
        nothing_this_month: |month| format!("No hay horas libres en {month}."),
        nothing_ahead: Saying {
            title: "De momento no hay horas libres",
            detail: "Puede haber nuevas. Vuelva a mirar dentro de uno o dos días.",
        },
        nothing_on_day: "Ese día no hay horas libres. Elija otro, por favor.",
        next_free_day: |day| format!("Ir al {day}"),
        unavailable: Saying {
            title: "Ahora mismo no podemos leer el calendario",
            detail: "Para que nadie quede reservado dos veces, no se muestran horas hasta que \
                     vuelva a responder. Inténtelo de nuevo en unos minutos.",
        },
        try_again: "Intentar de nuevo",
        times_in: |zone| format!("Las horas se muestran en {zone}."),
        zone: "Zona horaria",
        zone_change: "Cambiar la zona horaria",
        zone_submit: "Ver las horas",
        loading: "Cargando las horas…",
    },
    booking: Booking {
        title: |service| format!("Reservar: {service}"),
        your_details: "Sus datos",
        change_time: "Cambiar la hora",
        name: "Su nombre",
        email: "Correo electrónico",
        email_hint: "Para la confirmación y la invitación a su calendario.",
        phone: "Teléfono móvil",
        phone_hint: "Con un número acepta mensajes de texto sobre esta reserva. Responda STOP para \
                     dejar de recibirlos.",
        party_size: "¿Cuántas personas vienen?",
        party_hint: |most| format!("Contándole a usted, {most} como máximo."),
        notes: "¿Algo que debamos saber?",
        notes_hint: "Accesibilidad, preguntas, quién más viene.",
        either: "Indique un correo o un teléfono para que podamos confirmar.",
        submit: "Confirmar la reserva",
        submitting: "Reservando…",
        join_waitlist: "Entrar en la lista de espera",
        waitlist: Saying {
            title: "Esta hora está completa",
            detail: "Entre en la lista de espera y le avisaremos en cuanto haya una plaza libre.",
        },
        faults: |count| match count {
            1 => "Hay un dato por corregir".to_owned(),
            _ => format!("Hay {count} datos por corregir"),
        },
        name_missing: "Indique su nombre, por favor.",
        contact_missing: "Indique un correo electrónico o un teléfono, por favor.",
        email_invalid: "Esto no es un correo electrónico. Tiene la forma nombre@example.com.",
        phone_invalid: "Esto no es un número de teléfono. Escríbalo con el prefijo del país, como \
                        +1 213 555 0100.",
        start_missing: "Elija una hora, por favor.",
        hidden_characters: |field| {
            format!("«{field}» tiene caracteres que no se pueden mostrar. Escríbalo de nuevo.")
        },
        too_long: |field| format!("«{field}» es demasiado largo. Acórtelo, por favor."),
        not_understood: |field| format!("No se ha entendido «{field}». Revíselo, por favor."),
        form_broken: "El formulario llegó incompleto. Envíelo de nuevo, por favor.",
    },
    refused: Refused {
        taken: Saying {
            title: "Alguien se le ha adelantado",
            detail: "Esa hora se acaba de ocupar. Lo que escribió se conserva: elija otra hora y \
                     confirme de nuevo.",
        },
        taken_alone: Saying {
            title: "Esa hora se acaba de ocupar",
            detail: "Elija otro día u otra hora. No se ha reservado nada.",
        },
        not_offered: Saying {
            title: "Esa hora no se ofrece",
            detail: "Elija otra hora, por favor. No se ha reservado nada.",
        },
        alternatives: "Horas libres más cercanas",
        see_all: "Ver todas las horas",
        too_late: Saying {
            title: "Es tarde para reservar esa hora",
            detail: "Empieza demasiado pronto para prepararla. Elija una más tarde, por favor.",
        },
        sent_before: Saying {
            title: "Ya había enviado este formulario",
            detail: "La reserva que hizo con él sigue como estaba: el enlace de su mensaje permite \
                     cambiarla. Confirme otra vez solo para hacer otra reserva.",
        },
        unavailable: Saying {
            title: "No hemos podido consultar el calendario",
            detail: "No se ha reservado nada. Lo que escribió se conserva: inténtelo de nuevo en \
                     unos minutos.",
        },
        failed: Saying {
            title: "Algo ha fallado por nuestra parte",
            detail: "Inténtelo de nuevo. Enviar dos veces el mismo formulario nunca reserva dos \
                     veces.",
        },
        failed_reference: |id| format!("Si sigue ocurriendo, díganos esta referencia: {id}"),
        in_progress: Saying {
            title: "Ya se está haciendo un cambio",
            detail: "Tarda unos segundos. Vuelva a mirar antes de cambiar otra cosa.",
        },
        already_over: Saying {
            title: "Esta reserva ya no se puede cambiar",
            detail: "Ha pasado o se ha cancelado. No se ha cambiado nada.",
        },
        changed_meanwhile: Saying {
            title: "Esta reserva ha cambiado desde que abrió la página",
            detail: "Su último clic no ha cambiado nada. Abajo se ve cómo está ahora.",
        },
        not_allowed: Saying {
            title: "Solo quien reservó puede cambiar esto",
            detail: "No se ha cambiado nada. Pídale que la cambie o la cancele.",
        },
    },
    manage: Manage {
        title: |service| format!("Su reserva: {service}"),
        waitlisted: Saying {
            title: "Está en la lista de espera",
            detail: "Le avisaremos en cuanto haya una plaza libre. No tiene que hacer nada.",
        },
        pending: Saying {
            title: "Estamos confirmando su reserva",
            detail: "La hora queda guardada para usted. Suele tardar unos segundos, y recibirá un \
                     mensaje en cuanto se decida.",
        },
        confirmed: Saying {
            title: "Su reserva está confirmada",
            detail: "Está en el calendario. Le esperamos.",
        },
        moving: Saying {
            title: "Su reserva se está cambiando de hora",
            detail: "Hasta que la nueva hora sea firme, vale la anterior.",
        },
        cancelled: Saying {
            title: "Esta reserva está cancelada",
            detail: "La hora vuelve a estar libre. No tiene que hacer nada.",
        },
        declined: Saying {
            title: "No hemos podido confirmar esta reserva",
            detail: "El calendario resultó estar ocupado a esa hora. Lo sentimos. Elija otra hora, \
                     por favor.",
        },
        failed: Saying {
            title: "Esta reserva no se pudo hacer a tiempo",
            detail: "No se pudo acceder al calendario antes de que fuera tarde. Lo sentimos. Elija \
                     otra hora, por favor.",
        },
        expired: Saying {
            title: "No ha quedado ninguna plaza libre",
            detail: "Su turno en la lista de espera ha terminado. Elija otra hora, por favor.",
        },
        completed: Saying { title: "Esta cita ya tuvo lugar", detail: "Gracias por venir." },
        past: Saying {
            title: "Esta hora ya ha pasado",
            detail: "La reserva ya no se puede cambiar ni cancelar.",
        },
        no_show: Saying {
            title: "Le echamos de menos",
            detail: "Esta reserva ha terminado. Puede elegir otra hora cuando quiera.",
        },
        moving_to: "Cambia a",
        booked_by: "A nombre de",
        add_to_calendar: "Añadir a su calendario",
        by_phone: "Por teléfono",
        booking_code: "Código de reserva",
        change: "¿Necesita cambiarla?",
        move_booking: "Cambiar a otra hora",
        move_heading: "Elija una nueva hora",
        move_hint: |when| format!("Su reserva sigue el {when} hasta que confirme una nueva hora."),
        move_from: "Ahora",
        move_to: "Nueva hora",
        move_submit: "Cambiar mi reserva",
        moving_now: "Cambiando…",
        keep: "Dejarla como está",
        cancel: "Cancelar la reserva",
        cancel_question: "¿Cancelar esta reserva?",
        cancel_warning: "La hora queda libre enseguida y quizá ya no lo esté si cambia de idea.",
        reason: "Motivo",
        reason_hint: "Nos ayuda a organizarnos. Lo verá el anfitrión.",
        cancel_submit: "Sí, cancelarla",
        cancelling: "Cancelando…",
        book_again: "Reservar otra hora",
        open_page: "Ver o cambiar su reserva",
        not_yours: "Para cambiarla o cancelarla, pídaselo a quien reservó.",
        stands_choose: "Su reserva sigue como estaba. Elija otra nueva hora, por favor.",
        stands_retry: "Su reserva sigue como estaba. Inténtelo de nuevo en unos minutos.",
        was_booked: Saying {
            title: "Gracias, tenemos su solicitud",
            detail: "Guarde la dirección de esta página: con ella puede ver, cambiar o cancelar su \
                     reserva.",
        },
        was_moved: Saying {
            title: "Su reserva ha cambiado de hora",
            detail: "La nueva hora está abajo y en el calendario.",
        },
        move_requested: Saying {
            title: "Se está confirmando su nueva hora",
            detail: "Recibirá un mensaje en cuanto se decida.",
        },
        was_cancelled: Saying {
            title: "Su reserva se ha cancelado",
            detail: "Se está avisando a todos los interesados.",
        },
        offered: Saying {
            title: "Hay una plaza libre para usted",
            detail: "Se la guardamos hasta la hora indicada abajo. Acéptela, o déjela a quien sigue.",
        },
        place_in_line: |place| match place {
            1 => "Su turno es el siguiente.".to_owned(),
            place => format!("Su turno es el número {place}."),
        },
        kept_until: |until| format!("Guardada para usted hasta el {until}."),
        accept: "Aceptar la plaza",
        accepting: "Aceptando…",
        was_accepted: Saying { title: "La plaza es suya", detail: "Gracias por aceptarla." },
        offer_lapsed: Saying {
            title: "La plaza ya no está guardada",
            detail: "El plazo para aceptarla ha terminado y ha pasado a quien seguía.",
        },
        leave_line: "¿No quiere esperar más?",
    },
    home: Home {
        title: "Reservar una visita",
        heading: "Encuentre una hora. Pase adentro.",
        lead: "Elija lo que le gustaría ver y la hora que le convenga. Tendrá la respuesta en \
               segundos.",
        services: "Se puede reservar",
        book: "Ver horas libres",
        empty: Saying {
            title: "Ahora mismo no hay nada que reservar",
            detail: "Vuelva a mirar pronto, por favor.",
        },
    },
    messages: Messages {
        to_services: "Ver qué se puede reservar",
        to_connections: "Volver a las conexiones",
        reference: |id| format!("Referencia: {id}"),
        not_found: Saying {
            title: "Detrás de esta puerta no hay nada",
            detail: "La página no existe o ha cambiado de sitio. Compruebe la dirección.",
        },
        service_not_found: Saying {
            title: "Esto ya no se puede reservar",
            detail: "Puede que se haya alquilado, vendido o retirado. Mire qué más hay.",
        },
        unknown_link: Saying {
            title: "Este enlace no abre ninguna reserva",
            detail: "Ninguna reserva le corresponde. No se ha cambiado nada.",
        },
        unknown_link_steps: [
            "Abra otra vez el enlace de su última confirmación: uno anterior puede estar cortado.",
            "Si lo copió, compruebe que está completo, sin nada delante ni detrás.",
            "O responda a su mensaje de confirmación, y le ayudarán.",
        ],
        too_many: Saying {
            title: "Un momento, por favor",
            detail: "Ha habido demasiadas peticiones desde su conexión. No se ha perdido nada.",
        },
        wait_seconds: |seconds| {
            let seconds = counted(seconds as usize, "segundo", "segundos");
            format!("Inténtelo de nuevo en {seconds}.")
        },
        failed: Saying {
            title: "Algo ha fallado por nuestra parte",
            detail: "Ya estamos avisados. Inténtelo de nuevo en un momento.",
        },
        foreign_form: Saying {
            title: "Este formulario no vino de nuestra propia página",
            detail: "Para protegerle, no se ha hecho nada. Abra la página de nuevo y repítalo allí.",
        },
        connected: "El calendario está conectado",
        connected_detail: |account| {
            format!("Las reservas para {account} se escribirán en él. Puede cerrar esta ventana.")
        },
        consent_refused: Saying {
            title: "No se concedió el acceso",
            detail: "No se ha cambiado nada. Empiece de nuevo y elija «Permitir» cuando se le \
                     pregunte.",
        },
        wrong_account: "Esa era otra cuenta",
        wrong_account_detail: |expected, given| {
            format!(
                "Esta conexión es para {expected}, pero la sesión era de {given}. No se ha cambiado \
                 nada. Empiece de nuevo y elija {expected}."
            )
        },
        scopes_missing: "Faltan algunos permisos",
        scopes_missing_detail: |boxes| {
            format!(
                "Doorstep necesita ver cuándo está ocupado el calendario y escribir sus propios \
                 eventos. No se ha cambiado nada. Empiece de nuevo y marque todas las casillas; \
                 faltaban: {}.",
                boxes.join("; ")
            )
        },
        scope_box: |scope| match scope.rsplit('/').next() {
            Some("calendar.events") => "ver y editar eventos en todos sus calendarios",
            Some("calendar.freebusy") => "ver su disponibilidad en sus calendarios",
            Some("calendar.calendarlist.readonly") => "ver la lista de sus calendarios",
            Some(_) | None => "otro permiso",
        },
        consent_expired: Saying {
            title: "Este acceso ha caducado",
            detail: "Ya se había usado, tardó demasiado o empezó en otro navegador. No se ha \
                     cambiado nada. Empiece de nuevo, por favor.",
        },
        consent_failed: Saying {
            title: "El proveedor no respondió como se esperaba",
            detail: "No se ha cambiado nada. Empiece de nuevo en unos minutos.",
        },
    },
    door: &DOOR,
    operations: &OPERATIONS,
    explain: &EXPLAIN,
    admin: &ADMIN,
};

const WEEKDAYS: [&str; 7] = Language::Spanish.weekdays();

const MONTHS: [&str; 12] = Language::Spanish.months();
