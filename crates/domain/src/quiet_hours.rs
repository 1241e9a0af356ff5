//! The hours in which texts that can wait are not sent.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::booking::{Actor, Booking};
use crate::notification::News;
use crate::reminder::is_late;
use crate::time::LocalMoment;

/// What came of somebody else's decision waits only where at least this is left before the start.
const STILL_IN_TIME: SignedDuration = SignedDuration::from_hours(1);

/// A stretch of every night, on the recipient's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    from: Time,
    until: Time,
}

impl QuietHours {
    /// `None` where both are the same. With `until` before `from` they go past midnight.
    pub fn new(from: Time, until: Time) -> Option<Self> {
        (from != until).then_some(Self { from, until })
    }

    /// When the quiet hours that it is in end, if it is in any.
    pub fn end_after(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = now.to_zoned(zone.clone()).datetime();
        let (time, past_midnight) = (local.time(), self.until < self.from);
        let quiet = if past_midnight {
            time >= self.from || time < self.until
        } else {
            time >= self.from && time < self.until
        };
        if !quiet {
            return None;
        }
        let date = if time < self.until { local.date() } else { local.date().tomorrow().ok()? };
        let end = LocalMoment::resolve(date.to_datetime(self.until), zone)?.by_calendar_rule();
        (end > now).then_some(end)
    }

    /// Until when a text with this news waits. An answer to what somebody just did never waits, and
    /// nothing waits until it would come too late.
    pub fn hold(
        self,
        booking: &Booking,
        news: &News,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        let end = self.end_after(now, zone)?;
        let start = booking.slot.start();
        let in_time = match news {
            News::Reminder { before } => !is_late(*before, start, end),
            News::Updated
            | News::Cancelled { by: Actor::Host | Actor::Api | Actor::System } => {
                end + STILL_IN_TIME <= start
            }
            News::Cancelled { by: Actor::Attendee }
            | News::Received
            | News::Confirmed
            | News::Moved { .. }
            | News::MoveNotPossible { .. }
            | News::NotPossible
            // An offer lapses whether it is night or not.
            | News::SeatsOffered { .. }
            | News::Waitlisted
            | News::WaitedInVain
            | News::Unreached => false,
        };
        in_time.then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;
    use crate::sample::{at, booking, cancelled, confirmed};

    fn nine_to_eight() -> QuietHours {
        QuietHours::new(time(21, 0, 0, 0), time(8, 0, 0, 0)).expect("a stretch")
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("the zone is bundled")
    }

    #[test]
    fn they_go_past_midnight_on_the_recipients_clock() {
        let table = [
            ("2026-12-01T19:59:59Z", None),
            ("2026-12-01T20:00:00Z", Some("2026-12-02T07:00:00Z")),
            ("2026-12-02T03:00:00Z", Some("2026-12-02T07:00:00Z")),
            ("2026-12-02T07:00:00Z", None),
            // The night the clocks go forward, and the one they go back.
            ("2026-03-28T22:00:00Z", Some("2026-03-29T06:00:00Z")),
            ("2026-10-24T22:00:00Z", Some("2026-10-25T07:00:00Z")),
        ];
        for (now, end) in table {
            assert_eq!(nine_to_eight().end_after(at(now), &berlin()), end.map(at), "{now}");
        }
    }

    #[test]
    fn a_siesta_lies_within_one_day() {
        let siesta = QuietHours::new(time(13, 0, 0, 0), time(15, 0, 0, 0)).expect("a stretch");

        assert_eq!(
            siesta.end_after(at("2026-12-01T13:00:00Z"), &berlin()),
            Some(at("2026-12-01T14:00:00Z"))
        );
        assert_eq!(siesta.end_after(at("2026-12-01T22:00:00Z"), &berlin()), None);
        assert_eq!(QuietHours::new(time(8, 0, 0, 0), time(8, 0, 0, 0)), None);
    }

    /// The sample booking starts at 11:00 in Berlin on 3 December.
    #[test]
    fn only_what_can_wait_waits_and_only_as_long_as_it_is_of_use() {
        let night = "2026-12-03T03:00:00Z";
        let held = |news: &News, now: &str| {
            let state =
                if matches!(news, News::Cancelled { .. }) { cancelled() } else { confirmed() };
            nine_to_eight().hold(&booking(state), news, at(now), &berlin())
        };
        let reminder = |hours| News::Reminder { before: SignedDuration::from_hours(hours) };
        let morning = Some(at("2026-12-03T07:00:00Z"));

        assert_eq!(held(&reminder(7), night), None, "half of its seven hours are over at eight");
        assert_eq!(held(&reminder(5), night), morning);
        assert_eq!(held(&News::Cancelled { by: Actor::Host }, night), morning);
        assert_eq!(held(&News::Cancelled { by: Actor::Attendee }, night), None);
        assert_eq!(held(&News::Confirmed, night), None);
        assert_eq!(held(&reminder(5), "2026-12-03T07:30:00Z"), None, "it is day");
    }
}
