//! English.

use domain::Language;
use jiff::civil::Date;

use super::dashboard::{ADMIN, DOOR, EXPLAIN, OPERATIONS};
use super::{
    Booking, Common, Dates, Home, Manage, Messages, Picker, Refused, Saying, Text, counted, joined,
    minutes, month_in, weekday_in,
};
use crate::pages::visitor::Style;

pub(super) static TEXT: Text = Text {
    language: "en",
    common: Common {
        skip_to_content: "Skip to content",
        powered_by: "Booking by Doorstep",
        when: "When",
        place: "Where",
        with: "With",
        length: "Length",
        people: "People",
        reference: "Reference",
        status: "Status",
        optional: "optional",
        minutes,
        people_counted: |count| counted(count as usize, "person", "people"),
        joined: |names| joined(names, "and"),
    },
    dates: Dates {
        weekdays: WEEKDAYS,
        weekdays_short: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        long: long_date,
        month: |month| format!("{} {}", month_in(&MONTHS, month), month.year()),
        morning: "Morning",
        afternoon: "Afternoon",
        evening: "Evening",
    },
    picker: Picker {
        choose_day: "Choose a day",
        choose_day_hint: "Pick a day with an open door to see its times.",
        choose_time: "Choose a time",
        previous_month: |month| format!("Previous month, {month}"),
        next_month: |month| format!("Next month, {month}"),
        day_free: |day, times| format!("{day}, {}", counted(times, "time free", "times free")),
        day_full: |day| format!("{day}, fully booked"),
        day_waitlist: |day| format!("{day}, fully booked, with a waiting list"),
        legend_free: "Times free",
        legend_full: "Fully booked",
        legend_closed: "Not offered",
        places_left: |places| counted(places as usize, "place left", "places left"),
        slot_full: "Full",
        slot_waitlist: "Full: join the waiting list",
        nothing_this_month: |month| format!("No times are free in {month}."),
        nothing_ahead: Saying {
            title: "No times are free at the moment",
            detail: "New times may open up. Please look again in a day or two.",
        },
        nothing_on_day: "No times are free on this day. Please choose another.",
        next_free_day: |day| format!("Go to {day}"),
        unavailable: Saying {
            title: "We cannot read the calendar right now",
            detail: "To be sure that nobody is booked twice, no times are shown until it answers \
                     again. Please try again in a few minutes.",
        },
        try_again: "Try again",
        times_in: |zone| format!("Times are shown in {zone}."),
        zone: "Time zone",
        zone_change: "Change time zone",
        zone_submit: "Show times",
        loading: "Loading times…",
    },
    booking: Booking {
        title: |service| format!("Book: {service}"),
        your_details: "Your details",
        change_time: "Change time",
        name: "Your name",
        email: "Email",
        email_hint: "For the confirmation and the calendar invitation.",
        phone: "Mobile phone",
        phone_hint: "With a number you agree to texts about this booking. Reply STOP to end them.",
        party_size: "How many people are coming?",
        party_hint: |most| format!("You included, at most {most}."),
        notes: "Anything we should know?",
        notes_hint: "Access needs, questions, who else is coming.",
        either: "Please give an email address or a phone number, so that we can confirm.",
        submit: "Confirm booking",
        submitting: "Booking…",
        join_waitlist: "Join the waiting list",
        waitlist: Saying {
            title: "This time is full",
            detail: "Join the waiting list and we will tell you as soon as a place is free.",
        },
        faults: |count| match count {
            1 => "One thing needs your attention".to_owned(),
            _ => format!("{count} things need your attention"),
        },
        name_missing: "Please give your name.",
        contact_missing: "Please give an email address or a phone number.",
        email_invalid: "This is not an email address. It looks like name@example.com.",
        phone_invalid: "This is not a phone number. Please write it with the country code, like \
                        +1 213 555 0100.",
        start_missing: "Please choose a time.",
        hidden_characters: |field| {
            format!("“{field}” has characters that cannot be shown. Please type it again.")
        },
        too_long: |field| format!("“{field}” is too long. Please shorten it."),
        not_understood: |field| format!("“{field}” was not understood. Please check it."),
        form_broken: "The form arrived incomplete. Please send it again.",
    },
    refused: Refused {
        taken: Saying {
            title: "Somebody was a moment faster",
            detail: "That time has just been taken. What you wrote is kept: choose another time \
                     and confirm again.",
        },
        taken_alone: Saying {
            title: "That time has just been taken",
            detail: "Please choose another day or time. Nothing has been booked.",
        },
        not_offered: Saying {
            title: "That time is not offered",
            detail: "Please choose another time. Nothing has been booked.",
        },
        alternatives: "Nearest free times",
        see_all: "See all times",
        too_late: Saying {
            title: "That time is too close to book",
            detail: "It starts too soon for us to prepare. Please choose a later one.",
        },
        sent_before: Saying {
            title: "You have sent this form before",
            detail: "The booking you made with it stands as it was: the link in its message lets \
                     you change it. Confirm again only to make another booking.",
        },
        unavailable: Saying {
            title: "We could not check the calendar",
            detail: "Nothing has been booked. What you wrote is kept: please try again in a few \
                     minutes.",
        },
        failed: Saying {
            title: "Something went wrong on our side",
            detail: "Please try again. Sending the same form twice never books twice.",
        },
        failed_reference: |id| format!("If it keeps happening, tell us this reference: {id}"),
        in_progress: Saying {
            title: "A change is already being made",
            detail: "It takes a few seconds. Please look again before changing anything else.",
        },
        already_over: Saying {
            title: "This booking can no longer be changed",
            detail: "It is over or has been cancelled. Nothing was changed.",
        },
        changed_meanwhile: Saying {
            title: "This booking has changed since you opened the page",
            detail: "Nothing was changed by your last click. Below is how it stands now.",
        },
        not_allowed: Saying {
            title: "Only the person who booked can change this",
            detail: "Nothing was changed. Please ask them to move or cancel it.",
        },
    },
    manage: Manage {
        title: |service| format!("Your booking: {service}"),
        waitlisted: Saying {
            title: "You are on the waiting list",
            detail: "We will tell you as soon as a place is free. You need not do anything.",
        },
        pending: Saying {
            title: "We are confirming your booking",
            detail: "The time is kept for you. This usually takes a few seconds, and you will get \
                     a message as soon as it is settled.",
        },
        confirmed: Saying {
            title: "Your booking is confirmed",
            detail: "It is in the calendar. We look forward to seeing you.",
        },
        moving: Saying {
            title: "Your booking is being moved",
            detail: "Until the new time is settled, the old one stands.",
        },
        cancelled: Saying {
            title: "This booking is cancelled",
            detail: "The time has been given back. You need not do anything.",
        },
        declined: Saying {
            title: "We could not confirm this booking",
            detail: "The calendar turned out to be busy at that time. We are sorry. Please choose \
                     another time.",
        },
        failed: Saying {
            title: "This booking could not be made in time",
            detail: "The calendar could not be reached before it was too late. We are sorry. \
                     Please choose another time.",
        },
        expired: Saying {
            title: "No place became free",
            detail: "Your place on the waiting list has ended. Please choose another time.",
        },
        completed: Saying {
            title: "This booking has taken place",
            detail: "Thank you for coming.",
        },
        past: Saying {
            title: "This time has passed",
            detail: "The booking can no longer be moved or cancelled.",
        },
        no_show: Saying {
            title: "We missed you",
            detail: "This booking is over. You are welcome to choose another time.",
        },
        moving_to: "Moving to",
        booked_by: "Booked for",
        add_to_calendar: "Add to your calendar",
        by_phone: "By phone",
        booking_code: "Booking code",
        change: "Need to change it?",
        move_booking: "Move to another time",
        move_heading: "Choose a new time",
        move_hint: |when| format!("Your booking stays at {when} until you confirm a new time."),
        move_from: "Now",
        move_to: "New time",
        move_submit: "Move my booking",
        moving_now: "Moving…",
        keep: "Keep it as it is",
        cancel: "Cancel booking",
        cancel_question: "Cancel this booking?",
        cancel_warning: "The time is given back at once and may be gone if you change your mind.",
        reason: "Reason",
        reason_hint: "Helps us plan. It is shown to the host.",
        cancel_submit: "Yes, cancel it",
        cancelling: "Cancelling…",
        book_again: "Book another time",
        open_page: "View or change your booking",
        not_yours: "To move or cancel, ask the person who booked.",
        stands_choose: "Your booking stands as it was. Please choose another new time.",
        stands_retry: "Your booking stands as it was. Please try again in a few minutes.",
        was_booked: Saying {
            title: "Thank you, we have your request",
            detail: "Keep this page’s address: it is how you view, move or cancel your booking.",
        },
        was_moved: Saying {
            title: "Your booking was moved",
            detail: "The new time is below and in the calendar.",
        },
        move_requested: Saying {
            title: "Your new time is being confirmed",
            detail: "You will get a message as soon as it is settled.",
        },
        was_cancelled: Saying {
            title: "Your booking was cancelled",
            detail: "Everybody involved is being told.",
        },
        offered: Saying {
            title: "A place is free for you",
            detail: "We keep it until the time below. Please accept it, or leave it to the next in \
                     line.",
        },
        place_in_line: |place| match place {
            1 => "You are next in line.".to_owned(),
            place => format!("You are number {place} in line."),
        },
        kept_until: |until| format!("Kept for you until {until}."),
        accept: "Accept the place",
        accepting: "Accepting…",
        was_accepted: Saying { title: "The place is yours", detail: "Thank you for accepting it." },
        offer_lapsed: Saying {
            title: "The place is no longer kept",
            detail: "The time to accept it is over, and it went to the next in line.",
        },
        leave_line: "Do not want to wait any longer?",
    },
    home: Home {
        title: "Book a viewing",
        heading: "Find a time. Step inside.",
        lead: "Choose what you would like to see and pick a time that suits you. You will have an \
               answer in seconds.",
        services: "Open for booking",
        book: "See free times",
        empty: Saying {
            title: "Nothing is open for booking right now",
            detail: "Please look again soon.",
        },
    },
    messages: Messages {
        to_services: "See what can be booked",
        to_connections: "Back to connections",
        reference: |id| format!("Reference: {id}"),
        not_found: Saying {
            title: "There is nothing behind this door",
            detail: "The page does not exist or has moved. Please check the address.",
        },
        service_not_found: Saying {
            title: "This is no longer open for booking",
            detail: "It may have been let, sold or taken down. Have a look at what else there is.",
        },
        unknown_link: Saying {
            title: "This link does not open a booking",
            detail: "No booking belongs to it. Nothing has been changed.",
        },
        unknown_link_steps: [
            "Open the link from your latest confirmation again: an older one may be cut off.",
            "If you copied it, make sure that it is complete, with nothing before or after it.",
            "Or answer your confirmation message, and the office will help you.",
        ],
        too_many: Saying {
            title: "One moment, please",
            detail: "There were too many requests from your connection. Nothing is lost.",
        },
        wait_seconds: |seconds| {
            format!("Please try again in {}.", counted(seconds as usize, "second", "seconds"))
        },
        failed: Saying {
            title: "Something went wrong on our side",
            detail: "We have been told. Please try again in a moment.",
        },
        foreign_form: Saying {
            title: "This form was not sent from our own page",
            detail: "To protect you, nothing was done. Please open the page again and repeat it \
                     there.",
        },
        connected: "The calendar is connected",
        connected_detail: |account| {
            format!("Bookings for {account} will be written to it. You may close this window.")
        },
        consent_refused: Saying {
            title: "Access was not granted",
            detail: "Nothing was changed. Start again and choose “Allow” when you are asked.",
        },
        wrong_account: "That was another account",
        wrong_account_detail: |expected, given| {
            format!(
                "This connection is for {expected}, but {given} was signed in. Nothing was \
                 changed. Start again and choose {expected}."
            )
        },
        scopes_missing: "Some permissions are missing",
        scopes_missing_detail: |boxes| {
            format!(
                "Doorstep needs to see when the calendar is busy and to write its own events. \
                 Nothing was changed. Start again and tick every box; these were not ticked: {}.",
                boxes.join("; ")
            )
        },
        scope_box: |scope| match scope.rsplit('/').next() {
            Some("calendar.events") => "“View and edit events on all your calendars”",
            Some("calendar.freebusy") => "“View your availability in your calendars”",
            Some("calendar.calendarlist.readonly") => {
                "“See the list of Google calendars you’re subscribed to”"
            }
            Some(_) | None => "another permission",
        },
        consent_expired: Saying {
            title: "This sign-in has expired",
            detail: "It was already used, took too long, or was begun in another browser. Nothing \
                     was changed. Please start again.",
        },
        consent_failed: Saying {
            title: "The provider did not answer as expected",
            detail: "Nothing was changed. Please start again in a few minutes.",
        },
    },
    door: &DOOR,
    operations: &OPERATIONS,
    explain: &EXPLAIN,
    admin: &ADMIN,
};

fn long_date(style: Style, date: Date) -> String {
    let weekday = weekday_in(&WEEKDAYS, date);
    let (month, day, year) = (month_in(&MONTHS, date), date.day(), date.year());
    match style {
        Style::American => format!("{weekday}, {month} {day}, {year}"),
        Style::International => format!("{weekday} {day} {month} {year}"),
    }
}

const WEEKDAYS: [&str; 7] = Language::English.weekdays();

const MONTHS: [&str; 12] = Language::English.months();
