//! English.

use super::catalogue::{Catalogue, ForHost, Labels, Saying};
use super::when::{Clock, Dates};

pub(super) const CATALOGUE: Catalogue = Catalogue {
    dates: Dates {
        weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        months: [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ],
        day: "{weekday}, {day} {month}",
        clock: Clock::Twelve,
        to: "to",
        zone_of: "{place} time",
    },
    greeting: "Hello {name},",
    greeting_without_name: "Hello,",
    labels: Labels {
        what: "What",
        when: "When",
        place: "Where",
        with: "With",
        still_free: "Still free",
        reason: "Reason",
        who: "Who",
        people: "People",
        notes: "Notes",
        change_or_cancel: "Change or cancel",
        choose_another_time: "Choose another time",
        accept: "Accept",
        see_waiting_list: "See or leave the list",
        open_booking: "Open the booking",
        replies: "Reply C to confirm, R to move, X to call it off. Or",
        reply_coming: "Reply C to confirm. Details",
        by_phone: "By phone",
        booking_code: "booking code",
    },
    received: Saying {
        heading: "Request received",
        sentence: "We have your request. It is not confirmed yet; you will hear from us.",
    },
    confirmed: Saying { heading: "Confirmed", sentence: "Your appointment is confirmed." },
    reminder: Saying { heading: "Reminder", sentence: "Your appointment is coming up." },
    moved: Saying { heading: "Moved", sentence: "Your appointment was moved. It was {earlier}." },
    updated: Saying {
        heading: "Changed",
        sentence: "The details of your appointment have changed. Its time stays.",
    },
    move_not_possible: Saying {
        heading: "Not moved",
        sentence: "The time you asked for ({earlier}) could not be had. Your appointment stays where it is.",
    },
    cancelled: Saying { heading: "Cancelled", sentence: "Your appointment is cancelled." },
    cancelled_by_host: Saying {
        heading: "Cancelled",
        sentence: "Your appointment was cancelled by the host.",
    },
    cancelled_unreached: Saying {
        heading: "Cancelled",
        sentence: "Your appointment is cancelled, because no message of ours reached you.",
    },
    not_possible: Saying {
        heading: "Not booked",
        sentence: "We are sorry: the time you asked for could not be booked.",
    },
    waitlisted: Saying {
        heading: "On the waiting list",
        sentence: "All places are taken. You are on the waiting list, and will hear from us as soon as one is free.",
    },
    seats_offered: Saying {
        heading: "A place is free",
        sentence: "It is kept for you until {until}. Please accept it by then.",
    },
    waited_in_vain: Saying {
        heading: "No place became free",
        sentence: "We are sorry: your place on the waiting list has ended.",
    },
    for_host: ForHost {
        new: Saying { heading: "New booking", sentence: "Somebody booked your time." },
        moved: Saying {
            heading: "Booking moved",
            sentence: "A booking was moved. It was {earlier}.",
        },
        cancelled: Saying { heading: "Booking cancelled", sentence: "A booking was cancelled." },
        failed: Saying {
            heading: "Booking failed",
            sentence: "A booking could not be written into your calendar before it was too late. Whoever booked has been told.",
        },
        unreached: Saying {
            heading: "Not reached",
            sentence: "None of our messages reached {name}. The booking stands; please get in touch.",
        },
        day: Saying { heading: "Your day", sentence: "You have no bookings today." },
        footer: "You get this because you are the host. What you hear of is set with your name in Doorstep.",
    },
    footer: "You get this because somebody booked \"{title}\" with this address.",
};
