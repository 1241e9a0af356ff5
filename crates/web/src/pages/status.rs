//! A booking's standing as people are shown it.

use super::text::{Saying, Text};

/// Where a booking stands. Finer than the API's status: a move under way and a time that has passed
/// matter to people before they change the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// On the waiting list.
    Waitlisted,
    /// Accepted; not in the calendar yet.
    Pending,
    /// In the calendar.
    Confirmed,
    /// Confirmed at its old time while a new one is being written.
    Moving,
    /// Called off.
    Cancelled,
    /// Refused by the calendar.
    Declined,
    /// Could not be written before it was too late.
    Failed,
    /// Left the waiting list without a place.
    Expired,
    /// Took place.
    Completed,
    /// Its time has passed and nobody has said yet what came of it.
    Past,
    /// The attendee did not come.
    NoShow,
}

impl Status {
    /// All of them, in the order a list offers them.
    pub const ALL: [Self; 11] = [
        Self::Waitlisted,
        Self::Pending,
        Self::Confirmed,
        Self::Moving,
        Self::Cancelled,
        Self::Declined,
        Self::Failed,
        Self::Expired,
        Self::Completed,
        Self::Past,
        Self::NoShow,
    ];

    /// Those that a list can be asked for: the others are seen only when a booking is looked at.
    pub(super) const STORED: [Self; 7] = [
        Self::Pending,
        Self::Confirmed,
        Self::Cancelled,
        Self::Declined,
        Self::Failed,
        Self::Completed,
        Self::NoShow,
    ];

    /// The word in an address and in a class name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waitlisted => "waitlisted",
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Moving => "moving",
            Self::Cancelled => "cancelled",
            Self::Declined => "declined",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Completed => "completed",
            Self::Past => "past",
            Self::NoShow => "no_show",
        }
    }

    /// Something is about to change without the visitor doing anything.
    pub(super) fn is_settling(self) -> bool {
        matches!(self, Self::Pending | Self::Moving)
    }

    /// Nothing will take place any more.
    pub(super) fn is_void(self) -> bool {
        matches!(self, Self::Cancelled | Self::Declined | Self::Failed | Self::Expired)
    }

    pub(super) fn badge(self, text: &'static Text) -> Badge {
        let words = &text.admin.statuses;
        let (tone, word) = match self {
            Self::Waitlisted => (Tone::Waiting, words.waitlisted),
            Self::Pending => (Tone::Waiting, words.pending),
            Self::Confirmed => (Tone::Good, words.confirmed),
            Self::Moving => (Tone::Waiting, words.moving),
            Self::Cancelled => (Tone::Quiet, words.cancelled),
            Self::Declined => (Tone::Bad, words.declined),
            Self::Failed => (Tone::Bad, words.failed),
            Self::Expired => (Tone::Quiet, words.expired),
            Self::Completed => (Tone::Quiet, words.completed),
            Self::Past => (Tone::Quiet, words.past),
            Self::NoShow => (Tone::Bad, words.no_show),
        };
        Badge { tone, word }
    }

    pub(super) fn saying(self, text: &'static Text) -> Saying {
        let manage = &text.manage;
        match self {
            Self::Waitlisted => manage.waitlisted,
            Self::Pending => manage.pending,
            Self::Confirmed => manage.confirmed,
            Self::Moving => manage.moving,
            Self::Cancelled => manage.cancelled,
            Self::Declined => manage.declined,
            Self::Failed => manage.failed,
            Self::Expired => manage.expired,
            Self::Completed => manage.completed,
            Self::Past => manage.past,
            Self::NoShow => manage.no_show,
        }
    }
}

/// A word with a colour; the word alone says it all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Badge {
    pub(super) tone: Tone,
    pub(super) word: &'static str,
}

/// What a colour stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Waiting,
    Quiet,
    Bad,
}

impl Tone {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Quiet => "quiet",
            Self::Bad => "bad",
        }
    }
}
