//! What a language says: every text a message can have, so that a missing one does not compile.

use domain::Language;

use super::when::Dates;
use super::{de, en, es, fr};

/// One language's texts. Sentences may hold the variables of [`domain::template`].
pub(super) struct Catalogue {
    pub(super) dates: Dates,
    /// With `{name}`.
    pub(super) greeting: &'static str,
    pub(super) greeting_without_name: &'static str,
    pub(super) labels: Labels,
    pub(super) received: Saying,
    pub(super) confirmed: Saying,
    pub(super) reminder: Saying,
    pub(super) moved: Saying,
    pub(super) updated: Saying,
    pub(super) move_not_possible: Saying,
    pub(super) cancelled: Saying,
    pub(super) cancelled_by_host: Saying,
    pub(super) cancelled_unreached: Saying,
    pub(super) not_possible: Saying,
    pub(super) waitlisted: Saying,
    /// With `{until}`.
    pub(super) seats_offered: Saying,
    pub(super) waited_in_vain: Saying,
    pub(super) for_host: ForHost,
    /// Why somebody gets the message at all; with `{title}`.
    pub(super) footer: &'static str,
}

/// A heading, and the sentence below it.
pub(super) struct Saying {
    pub(super) heading: &'static str,
    pub(super) sentence: &'static str,
}

/// What stands before a fact, or on a button.
pub(super) struct Labels {
    pub(super) what: &'static str,
    pub(super) when: &'static str,
    pub(super) place: &'static str,
    pub(super) with: &'static str,
    pub(super) still_free: &'static str,
    pub(super) reason: &'static str,
    pub(super) who: &'static str,
    pub(super) people: &'static str,
    pub(super) notes: &'static str,
    pub(super) change_or_cancel: &'static str,
    pub(super) choose_another_time: &'static str,
    pub(super) accept: &'static str,
    pub(super) see_waiting_list: &'static str,
    pub(super) open_booking: &'static str,
    /// In a text, before the link: what can be replied.
    pub(super) replies: &'static str,
    /// The same for who may only say that they come.
    pub(super) reply_coming: &'static str,
    pub(super) by_phone: &'static str,
    /// Before its digits.
    pub(super) booking_code: &'static str,
}

/// What a host reads.
pub(super) struct ForHost {
    pub(super) new: Saying,
    pub(super) moved: Saying,
    pub(super) cancelled: Saying,
    pub(super) failed: Saying,
    pub(super) unreached: Saying,
    /// The list of a day; the sentence stands where the day is empty.
    pub(super) day: Saying,
    pub(super) footer: &'static str,
}

/// The texts of a language.
pub(super) fn of(language: Language) -> &'static Catalogue {
    match language {
        Language::English => &en::CATALOGUE,
        Language::Spanish => &es::CATALOGUE,
        Language::German => &de::CATALOGUE,
        Language::French => &fr::CATALOGUE,
    }
}
