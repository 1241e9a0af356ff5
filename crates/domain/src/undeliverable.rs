//! What becomes of a booking whose lead no message reaches.

use crate::booking::{Booking, BookingState};

/// A service's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IfUndeliverable {
    /// The booking stays; the host is told, and it is marked.
    #[default]
    Keep,
    /// It is called off: better a free slot than one that nobody knows of.
    Cancel,
}

/// How far the latest message to the lead came on one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// None was sent yet, or it is on its way.
    Open,
    /// The provider has it, and nobody has said that it did not arrive.
    Yes,
    /// It will not arrive.
    No,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Some channel works, or may still.
    Reachable,
    /// No channel works: mark the booking and tell the host.
    Mark,
    /// No channel works: call the booking off.
    Cancel,
}

/// Decides on the channels that the lead gave. `knew` says whether they ever heard that the booking
/// stands: if so, it is kept whatever the choice, since they may come. A move that could not be told
/// is not undone either.
pub fn verdict(
    booking: &Booking,
    choice: IfUndeliverable,
    channels: &[Reached],
    knew: bool,
) -> Verdict {
    let matters = match booking.state {
        BookingState::Confirmed { .. } => true,
        BookingState::Pending
        | BookingState::Waitlisted { .. }
        | BookingState::Expired
        | BookingState::Cancelled(_)
        | BookingState::Completed
        | BookingState::NoShow
        | BookingState::Declined
        | BookingState::Failed => false,
    };
    let nothing_works =
        !channels.is_empty() && channels.iter().all(|reached| *reached == Reached::No);
    match (matters && nothing_works, choice) {
        (false, _) => Verdict::Reachable,
        (true, IfUndeliverable::Keep) => Verdict::Mark,
        (true, IfUndeliverable::Cancel) if knew => Verdict::Mark,
        (true, IfUndeliverable::Cancel) => Verdict::Cancel,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{booking, cancelled, confirmed};

    #[test]
    fn only_when_every_channel_failed_something_follows() {
        use Reached::{No, Open, Yes};
        let table: [(&[Reached], Verdict, Verdict); 6] = [
            (&[], Verdict::Reachable, Verdict::Reachable),
            (&[Yes], Verdict::Reachable, Verdict::Reachable),
            (&[No, Open], Verdict::Reachable, Verdict::Reachable),
            (&[No, Yes], Verdict::Reachable, Verdict::Reachable),
            (&[No], Verdict::Mark, Verdict::Cancel),
            (&[No, No], Verdict::Mark, Verdict::Cancel),
        ];
        for (channels, kept, cancelled) in table {
            let stands = booking(confirmed());
            assert_eq!(verdict(&stands, IfUndeliverable::Keep, channels, false), kept);
            assert_eq!(verdict(&stands, IfUndeliverable::Cancel, channels, false), cancelled);
        }
    }

    #[test]
    fn who_once_knew_of_it_may_come_and_what_is_over_is_over() {
        let no = [Reached::No];
        let knew = verdict(&booking(confirmed()), IfUndeliverable::Cancel, &no, true);
        assert_eq!(knew, Verdict::Mark);

        let over = verdict(&booking(cancelled()), IfUndeliverable::Cancel, &no, false);
        assert_eq!(over, Verdict::Reachable);
    }
}
