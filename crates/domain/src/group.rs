//! What makes a group service of a service: one start has seats for several bookings.

use jiff::SignedDuration;

/// The seats of a group service, and what happens when they are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The most people at one start with one host; at least 2.
    pub capacity: u32,
    /// What those can do who find a start full. `None`: choose another.
    pub waiting_list: Option<WaitingList>,
    /// How much of its people the calendar event shows.
    pub roster: Roster,
}

/// How whoever waits gets seats that become free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitingList {
    /// The next in line is asked, and the seats are kept for them this long.
    Offer(SignedDuration),
    /// The next in line has them at once.
    Promote,
}

/// How much of its people an occurrence's calendar event shows. Whoever may read the host's
/// calendar may read the event; the door page shows everything in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roster {
    /// Names, and how to reach them.
    Contacts,
    /// Names.
    Names,
    /// How many.
    Numbers,
}
