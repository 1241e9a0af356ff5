//! English.

use domain::Language;

use super::{ByText, Free, InCall, Phrases, SpokenDates, SpokenNews, Which};

pub(super) const PHRASES: Phrases = Phrases {
    by_text: ByText {
        choices: "Reply C to confirm, R for another time, X to call it off.",
        attending: |what, when| format!("Thank you for confirming: {what}, {when}."),
        no_times: |what, when| {
            format!(
                "There is no other free time at the moment. Your appointment stays: {what}, {when}."
            )
        },
        ask_cancel: |what, when| {
            format!("Call off {what}, {when}? Reply 1 to call it off, 2 to keep it.")
        },
        kept: |what, when| format!("It stays: {what}, {when}."),
        moved: |what, when| format!("Moved: {what}, {when}."),
        moving: |when| format!("We are moving it to {when}. You will hear when it is done."),
        cancelled: |what, when| format!("Called off: {what}, {when}."),
        unavailable: |what, when| {
            format!(
                "The calendar cannot be reached now; please try again later. It stays: {what}, {when}."
            )
        },
        over: "That appointment is over or was called off. Nothing was changed.",
        nobody: |home| {
            format!("We know of no coming appointment for this number. Book one: {home}")
        },
        nothing_asked: "No question is open.",
        yours: |what, when| format!("Your appointment: {what}, {when}."),
        not_a_choice: "Please reply with one of the numbers above, or ? for help.",
        may_not: "Only whoever booked this appointment can change it. Reply C to confirm that you come.",
        in_progress: "A change of this appointment is under way. You will hear when it is done.",
        not_understood: "Sorry, we did not understand that.",
        which: Which {
            confirm: "Which one do you want to confirm?",
            reschedule: "Which one do you want to move?",
            cancel: "Which one do you want to call off?",
        },
        its_number: "Reply with its number.",
        is_free: |when| format!("{when} is free. Reply 1 to move there."),
        or_else: |list| format!("Or: {list}."),
        free: Free {
            asked: "Free times",
            occupied: "That time is not free, but these are",
            lapsed: "Those times are no longer kept for you. Free now",
            more: "Other free times",
            taken: "That time has just been taken. Still free",
        },
        pick: "Reply with a number within a few minutes, or R for others.",
    },
    in_call: InCall {
        menu: "To confirm that you are coming, press 1, or say confirm. \
            To move it to another time, press 2, or say move. \
            To call it off, press 3, or say cancel. To hear this again, press 9.",
        goodbye: "Goodbye.",
        greeting: |what, when| format!("Hello. Your appointment is {what}, {when}."),
        greeting_of: |count, what, when| {
            format!("Hello. You have {count} appointments. The next is {what}, {when}.")
        },
        stranger: "Hello. We know of no coming appointment for this number. If you have a booking \
            code, enter its eight digits now. Otherwise, please book on our website, or answer the \
            message that we sent you. Goodbye.",
        for_machine: "Hello. This is a message about your appointment. Please look at the text or \
            the mail that we sent you, or call this number back. Goodbye.",
        given_up: "Sorry, that did not work. Nothing was changed. Goodbye.",
        silence: "Sorry, I did not hear anything.",
        wrong: "Sorry, that is not one of the choices.",
        attending: |when| format!("Thank you. We look forward to seeing you, {when}."),
        no_times: |when| {
            format!(
                "There is no other free time at the moment. Your appointment stays as it is, {when}."
            )
        },
        ask_cancel: |what, when| {
            format!(
                "Do you want to call off {what}, {when}? To call it off, press 1. To keep it, press 2."
            )
        },
        kept: |when| format!("Your appointment stays as it is, {when}."),
        moved: |when| format!("Done. Your appointment is now {when}."),
        moving: |when| {
            format!(
                "Thank you. We are moving it to {when}. You will get a message when it is done."
            )
        },
        cancelled: |when| format!("Your appointment, {when}, is called off."),
        unavailable: |when| {
            format!(
                "Sorry, the calendar cannot be reached. Please try again later. Your appointment \
                 stays as it is, {when}."
            )
        },
        over: "That appointment is over, or was called off.",
        may_not: "Only whoever booked this appointment can change it.",
        in_progress: "A change of this appointment is under way. You will get a message when it is done.",
        which: Which {
            confirm: "Which one do you want to confirm?",
            reschedule: "Which one do you want to move?",
            cancel: "Which one do you want to call off?",
        },
        choice: |what, number| format!("For {what}, press {number}."),
        free: Free {
            asked: "These times are free.",
            occupied: "That time is not free, but these are.",
            lapsed: "Those times are no longer kept for you. These are free now.",
            more: "These times are free as well.",
            taken: "Sorry, that time has just been taken. These are still free.",
        },
        others: "For other times, press 4. To hear this again, press 9.",
    },
    news: SpokenNews {
        hello: "Hello.",
        received: |of| format!("We have your request for {of}. It is not confirmed yet."),
        confirmed: |of| format!("Your appointment is confirmed: {of}."),
        reminder: |of| format!("This is a reminder of your appointment: {of}."),
        moved: |of| format!("Your appointment was moved. It is now {of}."),
        updated: |of| format!("The details of your appointment have changed. It is now {of}."),
        move_not_possible: |of| {
            format!(
                "The time that you asked for could not be had. Your appointment stays as it is: {of}."
            )
        },
        cancelled: |of| format!("Your appointment, {of}, is cancelled."),
        not_possible: |of| format!("We are sorry. {of} could not be booked."),
        waitlisted: |of| format!("You are on the waiting list for {of}."),
        seats_offered: |of, until| {
            format!(
                "There is room for you: {of}. Please accept by {until}, with the link that we sent you."
            )
        },
        waited_in_vain: |of| format!("We are sorry. There is no room for {of}."),
    },
    spoken: SpokenDates {
        weekdays: Language::English.weekdays(),
        months: Language::English.months(),
        clock: "%-I:%M %p",
        moment: |weekday, day, month, time| format!("{weekday}, {month} {day}, at {time}"),
        zone_of: |place| format!("{place} time"),
        universal: "universal time",
    },
};
