//! Every sentence a page says, once per language. A template holds markup only.
//!
//! To add a language, write its `Text` beside `en.rs` and name it in [`Text::of`]. What depends on a
//! value is a function, because word order and plurals differ between languages.

mod dashboard;
mod de;
mod en;
mod es;
mod fr;
#[cfg(test)]
mod tests;

use domain::Language;
use jiff::civil::Date;

use super::visitor::Style;

/// One language's catalogue.
#[derive(Debug)]
pub(crate) struct Text {
    /// The `lang` attribute of every page.
    pub(crate) language: &'static str,
    pub(crate) common: Common,
    pub(crate) dates: Dates,
    pub(crate) picker: Picker,
    pub(crate) booking: Booking,
    pub(crate) manage: Manage,
    pub(crate) refused: Refused,
    pub(crate) home: Home,
    pub(crate) messages: Messages,
    pub(crate) admin: &'static Admin,
    pub(crate) door: &'static Door,
    pub(crate) operations: &'static Operations,
    pub(crate) explain: &'static Explain,
}

impl Text {
    /// The catalogue of a language.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &en::TEXT,
            Language::Spanish => &es::TEXT,
            Language::German => &de::TEXT,
            Language::French => &fr::TEXT,
        }
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `1 h 30 min`, which is understood in every language here.
fn minutes(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// `A`, `A and B`, `A, B and C`.
fn joined(names: &[String], and: &str) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
    }
}

/// A date's weekday among names that begin with Monday's.
fn weekday_in(names: &[&'static str; 7], date: Date) -> &'static str {
    names[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())]
}

/// A date's month among names that begin with January's.
fn month_in(names: &[&'static str; 12], date: Date) -> &'static str {
    names[usize::from(date.month().unsigned_abs()) - 1]
}

/// A title and the sentence below it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Saying {
    pub(crate) title: &'static str,
    pub(crate) detail: &'static str,
}

/// What every page may need.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) skip_to_content: &'static str,
    pub(crate) powered_by: &'static str,
    pub(crate) when: &'static str,
    pub(crate) place: &'static str,
    pub(crate) with: &'static str,
    pub(crate) length: &'static str,
    pub(crate) people: &'static str,
    pub(crate) reference: &'static str,
    pub(crate) status: &'static str,
    pub(crate) optional: &'static str,
    pub(crate) minutes: fn(u32) -> String,
    pub(crate) people_counted: fn(u32) -> String,
    pub(crate) joined: fn(&[String]) -> String,
}

/// How dates are written.
#[derive(Debug)]
pub(crate) struct Dates {
    /// Monday first.
    pub(crate) weekdays: [&'static str; 7],
    /// Monday first; for the head of a month's table.
    pub(crate) weekdays_short: [&'static str; 7],
    pub(crate) long: fn(Style, Date) -> String,
    pub(crate) month: fn(Date) -> String,
    pub(crate) morning: &'static str,
    pub(crate) afternoon: &'static str,
    pub(crate) evening: &'static str,
}

/// The month, the day and its slots.
#[derive(Debug)]
pub(crate) struct Picker {
    pub(crate) choose_day: &'static str,
    pub(crate) choose_day_hint: &'static str,
    pub(crate) choose_time: &'static str,
    pub(crate) previous_month: fn(&str) -> String,
    pub(crate) next_month: fn(&str) -> String,
    pub(crate) day_free: fn(&str, usize) -> String,
    pub(crate) day_full: fn(&str) -> String,
    pub(crate) day_waitlist: fn(&str) -> String,
    pub(crate) legend_free: &'static str,
    pub(crate) legend_full: &'static str,
    pub(crate) legend_closed: &'static str,
    pub(crate) places_left: fn(u32) -> String,
    pub(crate) slot_full: &'static str,
    pub(crate) slot_waitlist: &'static str,
    pub(crate) nothing_this_month: fn(&str) -> String,
    pub(crate) nothing_ahead: Saying,
    pub(crate) nothing_on_day: &'static str,
    pub(crate) next_free_day: fn(&str) -> String,
    pub(crate) unavailable: Saying,
    pub(crate) try_again: &'static str,
    pub(crate) times_in: fn(&str) -> String,
    pub(crate) zone: &'static str,
    pub(crate) zone_change: &'static str,
    pub(crate) zone_submit: &'static str,
    pub(crate) loading: &'static str,
}

/// The booking page's form.
#[derive(Debug)]
pub(crate) struct Booking {
    pub(crate) title: fn(&str) -> String,
    pub(crate) your_details: &'static str,
    pub(crate) change_time: &'static str,
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) email_hint: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) phone_hint: &'static str,
    pub(crate) party_size: &'static str,
    pub(crate) party_hint: fn(u32) -> String,
    pub(crate) notes: &'static str,
    pub(crate) notes_hint: &'static str,
    pub(crate) either: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) submitting: &'static str,
    pub(crate) join_waitlist: &'static str,
    pub(crate) waitlist: Saying,
    pub(crate) faults: fn(usize) -> String,
    pub(crate) name_missing: &'static str,
    pub(crate) contact_missing: &'static str,
    pub(crate) email_invalid: &'static str,
    pub(crate) phone_invalid: &'static str,
    pub(crate) start_missing: &'static str,
    pub(crate) hidden_characters: fn(&str) -> String,
    pub(crate) too_long: fn(&str) -> String,
    pub(crate) not_understood: fn(&str) -> String,
    pub(crate) form_broken: &'static str,
}

/// Why a request was refused; said above the form.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) taken: Saying,
    pub(crate) taken_alone: Saying,
    pub(crate) not_offered: Saying,
    pub(crate) alternatives: &'static str,
    pub(crate) see_all: &'static str,
    pub(crate) too_late: Saying,
    pub(crate) sent_before: Saying,
    pub(crate) unavailable: Saying,
    pub(crate) failed: Saying,
    pub(crate) failed_reference: fn(&str) -> String,
    pub(crate) in_progress: Saying,
    pub(crate) already_over: Saying,
    pub(crate) changed_meanwhile: Saying,
    pub(crate) not_allowed: Saying,
}

/// The manage page.
#[derive(Debug)]
pub(crate) struct Manage {
    pub(crate) title: fn(&str) -> String,
    pub(crate) waitlisted: Saying,
    pub(crate) pending: Saying,
    pub(crate) confirmed: Saying,
    pub(crate) moving: Saying,
    pub(crate) cancelled: Saying,
    pub(crate) declined: Saying,
    pub(crate) failed: Saying,
    pub(crate) expired: Saying,
    pub(crate) completed: Saying,
    pub(crate) past: Saying,
    pub(crate) no_show: Saying,
    pub(crate) moving_to: &'static str,
    pub(crate) booked_by: &'static str,
    pub(crate) add_to_calendar: &'static str,
    pub(crate) by_phone: &'static str,
    /// Before its digits.
    pub(crate) booking_code: &'static str,
    pub(crate) change: &'static str,
    pub(crate) move_booking: &'static str,
    pub(crate) move_heading: &'static str,
    pub(crate) move_hint: fn(&str) -> String,
    pub(crate) move_from: &'static str,
    pub(crate) move_to: &'static str,
    pub(crate) move_submit: &'static str,
    pub(crate) moving_now: &'static str,
    pub(crate) keep: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) cancel_question: &'static str,
    pub(crate) cancel_warning: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) reason_hint: &'static str,
    pub(crate) cancel_submit: &'static str,
    pub(crate) cancelling: &'static str,
    pub(crate) book_again: &'static str,
    pub(crate) open_page: &'static str,
    pub(crate) not_yours: &'static str,
    /// Said with every refused move: nothing was lost.
    pub(crate) stands_choose: &'static str,
    pub(crate) stands_retry: &'static str,
    pub(crate) was_booked: Saying,
    pub(crate) was_moved: Saying,
    pub(crate) move_requested: Saying,
    pub(crate) was_cancelled: Saying,
    pub(crate) offered: Saying,
    pub(crate) place_in_line: fn(u32) -> String,
    pub(crate) kept_until: fn(&str) -> String,
    pub(crate) accept: &'static str,
    pub(crate) accepting: &'static str,
    pub(crate) was_accepted: Saying,
    pub(crate) offer_lapsed: Saying,
    /// The heading over the ways out of the line.
    pub(crate) leave_line: &'static str,
}

/// The landing page.
#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) title: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) services: &'static str,
    pub(crate) book: &'static str,
    pub(crate) empty: Saying,
}

/// Pages that say one thing.
#[derive(Debug)]
pub(crate) struct Messages {
    pub(crate) to_services: &'static str,
    pub(crate) to_connections: &'static str,
    pub(crate) reference: fn(&str) -> String,
    pub(crate) not_found: Saying,
    pub(crate) service_not_found: Saying,
    pub(crate) unknown_link: Saying,
    pub(crate) unknown_link_steps: [&'static str; 3],
    pub(crate) too_many: Saying,
    pub(crate) wait_seconds: fn(u32) -> String,
    pub(crate) failed: Saying,
    pub(crate) foreign_form: Saying,
    pub(crate) connected: &'static str,
    pub(crate) connected_detail: fn(&str) -> String,
    pub(crate) consent_refused: Saying,
    pub(crate) wrong_account: &'static str,
    pub(crate) wrong_account_detail: fn(&str, &str) -> String,
    pub(crate) scopes_missing: &'static str,
    pub(crate) scopes_missing_detail: fn(&[&str]) -> String,
    /// What the provider's page says beside the box of a scope.
    pub(crate) scope_box: fn(&str) -> &'static str,
    pub(crate) consent_expired: Saying,
    pub(crate) consent_failed: Saying,
}

/// Mass changes.
#[derive(Debug)]
pub(crate) struct Operations {
    pub(crate) title: &'static str,
    pub(crate) change: &'static str,
    pub(crate) later: fn(&str) -> String,
    pub(crate) earlier: fn(&str) -> String,
    pub(crate) rehost: fn(&str) -> String,
    pub(crate) retitle: fn(&str) -> String,
    pub(crate) relocate: fn(&str) -> String,
    pub(crate) cancel: &'static str,
    pub(crate) dry_run: &'static str,
    pub(crate) ended_of: fn(usize, usize) -> String,
    pub(crate) failed_of: fn(usize) -> String,
    pub(crate) nothing_matched: &'static str,
    pub(crate) pause: &'static str,
    pub(crate) resume: &'static str,
    pub(crate) updates: &'static str,
    pub(crate) stop_updating: &'static str,
    pub(crate) start_updating: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) wanted: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) running: &'static str,
    pub(crate) paused: &'static str,
    pub(crate) done: &'static str,
    pub(crate) tried: &'static str,
    pub(crate) as_asked: &'static str,
    pub(crate) conflict: &'static str,
    pub(crate) already_over: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) under_way: &'static str,
    pub(crate) waits: &'static str,
}

/// Why a start is or is not offered.
#[derive(Debug)]
pub(crate) struct Explain {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) date: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) not_understood: Saying,
    pub(crate) no_start: Saying,
    pub(crate) offered: &'static str,
    pub(crate) not_offered: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) says: &'static str,
    pub(crate) speaks_for: &'static str,
    pub(crate) speaks_against: &'static str,
    pub(crate) remedy: &'static str,
}

/// The dashboard.
#[derive(Debug)]
pub(crate) struct Admin {
    pub(crate) dashboard: &'static str,
    pub(crate) sections: &'static str,
    pub(crate) today: &'static str,
    pub(crate) bookings: &'static str,
    pub(crate) connections: &'static str,
    pub(crate) services: &'static str,
    pub(crate) sources: &'static str,
    pub(crate) messages: &'static str,
    pub(crate) jobs: &'static str,
    pub(crate) alerts: &'static str,
    pub(crate) incident: &'static str,
    pub(crate) about: &'static str,
    pub(crate) began: &'static str,
    pub(crate) ended: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) sign_in_title: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) key: &'static str,
    pub(crate) key_hint: &'static str,
    pub(crate) wrong_login: Saying,
    pub(crate) slow_down: Saying,
    pub(crate) session_over: Saying,
    pub(crate) today_on: fn(&str) -> String,
    pub(crate) counted: fn(usize) -> String,
    pub(crate) filters: &'static str,
    pub(crate) filter_status: &'static str,
    pub(crate) filter_host: &'static str,
    pub(crate) filter_service: &'static str,
    pub(crate) filter_from: &'static str,
    pub(crate) filter_to: &'static str,
    pub(crate) filter_attendee: &'static str,
    pub(crate) any: &'static str,
    pub(crate) apply: &'static str,
    pub(crate) clear: &'static str,
    pub(crate) more: &'static str,
    pub(crate) nothing_today: Saying,
    pub(crate) nothing_found: Saying,
    pub(crate) unreached: Saying,
    pub(crate) time: &'static str,
    pub(crate) attendee: &'static str,
    pub(crate) service: &'static str,
    pub(crate) host: &'static str,
    pub(crate) calendar_event: &'static str,
    pub(crate) open_event: &'static str,
    pub(crate) source: &'static str,
    pub(crate) notes: &'static str,
    pub(crate) created: &'static str,
    pub(crate) guests: &'static str,
    pub(crate) attendance: &'static str,
    pub(crate) coming: fn(name: &str, channel: &str, at: &str) -> String,
    pub(crate) timeline: &'static str,
    pub(crate) timeline_empty: &'static str,
    pub(crate) show_data: fn(&str) -> String,
    pub(crate) cancel: &'static str,
    pub(crate) cancel_reason: &'static str,
    pub(crate) no_show: &'static str,
    pub(crate) retry: &'static str,
    pub(crate) stuck: fn(&str) -> String,
    pub(crate) event_moved: fn(&str) -> String,
    pub(crate) foreign_event: fn(&str) -> String,
    pub(crate) account: &'static str,
    pub(crate) parked: &'static str,
    pub(crate) connect: &'static str,
    pub(crate) reconnect: &'static str,
    pub(crate) no_connections: Saying,
    pub(crate) not_connected: fn(&str) -> String,
    pub(crate) prepare: &'static str,
    pub(crate) held: fn(usize, &str, &str) -> String,
    pub(crate) held_detail: &'static str,
    pub(crate) restore: &'static str,
    pub(crate) accept_deletions: &'static str,
    pub(crate) booking_page: &'static str,
    pub(crate) source_name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) hook: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) given_up: &'static str,
    pub(crate) attempts: &'static str,
    pub(crate) why: &'static str,
    pub(crate) job_calendar: &'static str,
    pub(crate) job_notify: &'static str,
    pub(crate) job_timer: &'static str,
    pub(crate) no_jobs: Saying,
    pub(crate) nothing_here: Saying,
    pub(crate) statuses: Statuses,
}

/// The door of a group service's start: who comes, and who has come.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) starts: &'static str,
    pub(crate) starts_hint: &'static str,
    pub(crate) no_starts: Saying,
    pub(crate) booked_of: fn(u32, u32) -> String,
    pub(crate) arrived_of: fn(u32, u32) -> String,
    pub(crate) roster: &'static str,
    pub(crate) nobody: &'static str,
    pub(crate) check_in: fn(&str) -> String,
    pub(crate) check_in_short: &'static str,
    pub(crate) arrived: &'static str,
    pub(crate) undo: fn(&str) -> String,
    pub(crate) undo_short: &'static str,
    pub(crate) no_show: fn(&str) -> String,
    pub(crate) no_show_short: &'static str,
    pub(crate) walk_in: &'static str,
    pub(crate) walk_in_submit: &'static str,
    pub(crate) name_missing: &'static str,
    pub(crate) people_missing: &'static str,
    pub(crate) full: fn(u32) -> String,
    pub(crate) not_open: &'static str,
    pub(crate) not_begun: &'static str,
}

/// One word per state, for badges.
#[derive(Debug)]
pub(crate) struct Statuses {
    pub(crate) waitlisted: &'static str,
    pub(crate) pending: &'static str,
    pub(crate) confirmed: &'static str,
    pub(crate) moving: &'static str,
    pub(crate) cancelled: &'static str,
    pub(crate) declined: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) completed: &'static str,
    pub(crate) past: &'static str,
    pub(crate) no_show: &'static str,
    pub(crate) awaiting_consent: &'static str,
    pub(crate) healthy: &'static str,
    pub(crate) degraded: &'static str,
    pub(crate) revoked: &'static str,
}
