//! What people, providers and machines do. Each is shown as the code that makes it.

use crate::Side;

/// One step of a simulation. Instances, bookings and holds are counted: a number beyond the last
/// starts again from the first, so that an operation still makes sense when others are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Somebody books, by the instance `at`, and waits for the calendar or does not.
    Book {
        /// The instance.
        at: usize,
        /// What, when and who.
        wish: Wanted,
        /// Whether the caller waits.
        waits: bool,
    },
    /// The same under a key, which may have been used before, for this or for something else.
    Submit {
        /// The instance.
        at: usize,
        /// The key.
        key: &'static str,
        /// What, when and who.
        wish: Wanted,
    },
    /// Several book at the same moment, each by the next instance.
    Rush(Vec<Wanted>),
    /// Somebody keeps a slot.
    Hold {
        /// The instance.
        at: usize,
        /// What and when.
        wish: Wanted,
    },
    /// Somebody books what was held.
    BookHeld {
        /// The instance.
        at: usize,
        /// Which of all holds.
        hold: usize,
    },
    /// Somebody asks for another time.
    Move {
        /// The instance.
        at: usize,
        /// Which of all bookings.
        booking: usize,
        /// In quarters of an hour after the first.
        quarter: i64,
        /// Whether the caller waits.
        waits: bool,
    },
    /// Somebody cancels.
    Cancel {
        /// The instance.
        at: usize,
        /// Which of all bookings.
        booking: usize,
    },
    /// A host puts something of their own into their calendar.
    Block {
        /// Which host.
        host: usize,
        /// From when on, for a quarter of an hour.
        quarter: i64,
    },
    /// A host writes something into an event of ours.
    Edit {
        /// Which host.
        host: usize,
        /// Which of their events.
        event: usize,
    },
    /// A provider misbehaves.
    Fault {
        /// At which calls.
        subject: &'static str,
        /// How.
        trouble: Trouble,
        /// How often.
        times: u32,
    },
    /// A host ends what they had consented to, and consents again at the end of all.
    Revoke {
        /// Which host.
        host: usize,
    },
    /// A worker of the instance `at` is paused at a call, past its lease. Others take over, and then
    /// it goes on.
    Pause {
        /// The instance.
        at: usize,
        /// The call.
        subject: &'static str,
        /// Where it is held.
        side: Side,
        /// What it is booking at the time.
        wish: Wanted,
    },
    /// The instance `at` dies at one of its next calls, and starts again.
    Kill {
        /// The instance.
        at: usize,
        /// After how many calls.
        call: usize,
        /// Before the call is applied, or before its answer is seen.
        side: Side,
        /// What it is booking at the time.
        wish: Wanted,
    },
    /// Time passes, and the instances work.
    Pass {
        /// For how long.
        seconds: i64,
    },
}

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The service.
    pub service: &'static str,
    /// When: in quarters of an hour after the first.
    pub quarter: i64,
    /// Who.
    pub name: &'static str,
}

/// How a provider misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The connection drops before the call is applied.
    RequestLost,
    /// It drops after.
    AnswerLost,
    /// 429, or 451 of a mail server.
    Throttled,
    /// 500, or 451 of a mail server.
    ServerError,
    /// 503, although the call was applied.
    UnavailableButApplied,
    /// An answer that nobody can read.
    Garbled,
    /// 401.
    Unauthorized,
}

impl Trouble {
    /// Those that a mail server has, too.
    pub(crate) const OF_ALL: [Self; 4] =
        [Self::RequestLost, Self::AnswerLost, Self::Throttled, Self::ServerError];
    pub(crate) const OVER_HTTP: [Self; 8] = [
        Self::RequestLost,
        Self::AnswerLost,
        Self::AnswerLost,
        Self::Throttled,
        Self::ServerError,
        Self::UnavailableButApplied,
        Self::Garbled,
        Self::Unauthorized,
    ];
}
