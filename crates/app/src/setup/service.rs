//! The document of a service.

use std::collections::BTreeMap;

use domain::group::{Group, Roster, WaitingList};
use domain::id::HostId;
use domain::response::IfDeclined;
use domain::service::{Assignment, Channel, Service, Visibility};
use domain::{Faults, Pointer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::hours::{OverrideDoc, WindowDoc};
use super::notation::{
    AssignmentWord, CalendarReminderText, ChannelWord, DeclinedWord, LengthText, OfferText,
    QuietText, ReminderText, RosterWord, SlugText, UndeliverableWord, UnreachableText,
    VisibilityWord, Word,
};
use super::reading::Reading;
use super::reminders;
use super::rules::DURATION;
use super::telling::{self, TextDoc};

/// The most characters of a title.
pub const MOST_TITLE: usize = 200;
/// The most characters of a place.
pub const MOST_LOCATION: usize = 500;
const MOST_DESCRIPTION: usize = 5_000;
const MOST_HOSTS: usize = 200;
/// The most hosts who come together: the calendars of all are asked for each booking.
const MOST_TOGETHER: usize = 20;

/// What can be booked, and the rules under which it is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceDoc {
    /// The service's slug, also in the address of its booking page.
    #[schema(value_type = SlugText)]
    pub id: String,
    /// What attendees see, and the beginning of the calendar event's summary.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// Where it takes place; free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub location: Option<String>,
    /// What the booking page says about it; may have several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 5_000)]
    pub description: Option<String>,
    /// The slugs of the hosts who can give it.
    #[schema(value_type = Vec<SlugText>, min_items = 1, max_items = 200)]
    pub hosts: Vec<String>,
    /// `any`: one of the hosts comes, taken in turn. `all`: everyone must be free and comes; the event
    /// stands in the calendar of the first and invites the others. Not for group services.
    #[serde(default = "any")]
    #[schema(value_type = AssignmentWord, default = "any")]
    pub assignment: String,
    /// How often a host comes in turn, compared with the others; 1 for a host that is not named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, u32>)]
    pub weights: BTreeMap<String, u32>,
    /// Who finds it: everybody in the lists, whoever knows its address, or whoever has a link that
    /// was signed for it.
    #[serde(default = "public")]
    #[schema(value_type = VisibilityWord, default = "public")]
    pub visibility: String,
    /// How long one booking takes, from one minute to 24 hours.
    #[schema(value_type = LengthText)]
    pub duration: String,
    /// Other lengths to choose from, each from one minute to 24 hours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<LengthText>, max_items = 10)]
    pub durations: Vec<String>,
    /// The step of the grid of starts, from the start of each window; the duration if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LengthText>)]
    pub slot_every: Option<String>,
    /// Kept free before the start, at most 24 hours.
    #[serde(default = "zero")]
    #[schema(value_type = LengthText, default = "0m")]
    pub buffer_before: String,
    /// Kept free after the end, at most 24 hours.
    #[serde(default = "zero")]
    #[schema(value_type = LengthText, default = "0m")]
    pub buffer_after: String,
    /// How long before its start a slot can last be booked; shorter than the horizon.
    #[serde(default = "two_hours")]
    #[schema(value_type = LengthText, default = "2h")]
    pub notice: String,
    /// How far ahead slots are offered, at most 730 days.
    #[serde(default = "sixty_days")]
    #[schema(value_type = LengthText, default = "60d")]
    pub horizon: String,
    /// The most bookings of this service that one host takes on one local day; no limit if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1_000)]
    pub max_per_day: Option<u32>,
    /// The most bookings of this service that one host takes in one local week, from Monday on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1_000)]
    pub max_per_week: Option<u32>,
    /// People per slot. More than 1 makes it a group service, whose bookings share a start.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 10_000, default = 1)]
    pub capacity: u32,
    /// Whether a full slot of a group service can be waited for.
    #[serde(default)]
    #[schema(default = false)]
    pub waitlist: bool,
    /// How long seats that became free are kept for the next in line to accept, at most 24 hours; or
    /// `auto`: they have them at once.
    #[serde(default = "quarter_of_an_hour")]
    #[schema(value_type = OfferText, default = "15m")]
    pub waitlist_offer: String,
    /// How much of its people the calendar event of a group service shows: `contacts`, `names` or
    /// `numbers`.
    #[serde(default = "names")]
    #[schema(value_type = RosterWord, default = "names")]
    pub roster: String,
    /// What happens while a busy calendar cannot be read.
    #[serde(default = "closed")]
    #[schema(value_type = UnreachableText, default = "closed")]
    pub when_unreachable: String,
    /// Reminders on the calendar event, up to 4 weeks (40,320 minutes) before the start.
    #[serde(default)]
    #[schema(value_type = Vec<CalendarReminderText>, max_items = 5)]
    pub calendar_reminders: Vec<String>,
    /// Messages of ours to the attendees before the start.
    #[serde(default)]
    #[schema(value_type = Vec<ReminderText>, max_items = 10)]
    pub reminders: Vec<String>,
    /// The channels of confirmations, of those the attendee gave. `voice` is not supported yet.
    #[serde(default = "sms_and_email")]
    #[schema(value_type = Vec<ChannelWord>, max_items = 3, default = sms_and_email)]
    pub messages: Vec<String>,
    /// When texts that can wait are not sent, on the attendee's clock. Always, if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<QuietText>)]
    pub quiet_hours: Option<String>,
    /// The service's own words, in place of ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub texts: Vec<TextDoc>,
    /// What happens to a booking when no channel reaches the lead.
    #[serde(default = "keep")]
    #[schema(value_type = UndeliverableWord, default = "keep")]
    pub if_undeliverable: String,
    /// Whether every attendee's own link may move or cancel the booking, or the lead's alone.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub guests_may_change: bool,
    /// What follows when the lead declines the calendar's invitation: `keep`, the booking stands and
    /// shows it; `cancel`, it is cancelled.
    #[serde(default = "keep")]
    #[schema(value_type = DeclinedWord, default = "keep")]
    pub if_declined: String,
    /// The windows of each weekday. Together with the overrides, one must hold a slot.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub availability: Vec<WindowDoc>,
    /// What replaces the weekly windows on single dates.
    #[serde(default)]
    #[schema(max_items = 1_000)]
    pub overrides: Vec<OverrideDoc>,
}

fn any() -> String {
    "any".to_owned()
}

fn public() -> String {
    "public".to_owned()
}

fn zero() -> String {
    "0m".to_owned()
}

fn two_hours() -> String {
    "2h".to_owned()
}

fn sixty_days() -> String {
    "60d".to_owned()
}

fn one() -> u32 {
    1
}

fn quarter_of_an_hour() -> String {
    "15m".to_owned()
}

fn names() -> String {
    "names".to_owned()
}

fn closed() -> String {
    "closed".to_owned()
}

fn sms_and_email() -> Vec<String> {
    vec!["sms".to_owned(), "email".to_owned()]
}

fn keep() -> String {
    "keep".to_owned()
}

fn yes() -> bool {
    true
}

fn seen_by(word: VisibilityWord) -> Visibility {
    match word {
        VisibilityWord::Public => Visibility::Public,
        VisibilityWord::Hidden => Visibility::Hidden,
        VisibilityWord::Link => Visibility::Link,
    }
}

impl ServiceDoc {
    /// Whether it stands in the lists that anybody sees.
    pub fn is_listed(&self) -> bool {
        self.visibility == "public"
    }

    /// The service, or every fault of this document, which stands `at` a place of the input.
    pub fn parse(&self, at: &Pointer) -> Result<Service, Faults> {
        let mut reading = Reading::new(at);
        let id = reading.slug(reading.at("id"), &self.id);
        let title = reading.line(reading.at("title"), &self.title, MOST_TITLE);
        let location = self
            .location
            .as_deref()
            .and_then(|text| reading.line(reading.at("location"), text, MOST_LOCATION));
        let description = self
            .description
            .as_deref()
            .and_then(|text| reading.lines(reading.at("description"), text, MOST_DESCRIPTION));
        let hosts = self.hosts(&mut reading);
        let weights = self.weights(&mut reading);
        let visibility = reading.word(reading.at("visibility"), &self.visibility);
        let rules = self.rules(&mut reading);
        let when_unreachable = reminders::when_unreachable(&mut reading, &self.when_unreachable);
        let calendar_reminders =
            reminders::calendar_reminders(&mut reading, &self.calendar_reminders);
        let telling = telling::telling(&mut reading, self);
        let messages = self.messages(&mut reading);
        let group = self.group(&mut reading);
        let if_declined = match reading.word(reading.at("if_declined"), &self.if_declined) {
            Some(DeclinedWord::Cancel) => IfDeclined::Cancel,
            Some(DeclinedWord::Keep) | None => IfDeclined::Keep,
        };
        let assignment = self.assignment(&mut reading);
        let service = || {
            Some(Service {
                id: id?,
                title: title?,
                location,
                description,
                hosts,
                assignment: assignment?,
                weights,
                rules: rules?,
                visibility: seen_by(visibility?),
                when_unreachable: when_unreachable?,
                calendar_reminders,
                messages,
                telling: telling?,
                guests_may_change: self.guests_may_change,
                group,
                if_declined,
            })
        };
        reading.finish(service())
    }

    fn hosts(&self, reading: &mut Reading<'_>) -> Vec<HostId> {
        let place = reading.at("hosts");
        if self.hosts.is_empty() {
            reading.fault(place.clone(), "empty", "must have at least one host");
        }
        if !reading.fits("hosts", self.hosts.len(), MOST_HOSTS) {
            return Vec::new();
        }
        reading.distinct("hosts", self.hosts.iter());
        let hosts = self.hosts.iter().enumerate();
        hosts.filter_map(|(index, host)| reading.slug(place.at(index), host)).collect()
    }

    fn weights(&self, reading: &mut Reading<'_>) -> BTreeMap<HostId, u32> {
        let place = reading.at("weights");
        let mut weights = BTreeMap::new();
        for (host, weight) in &self.weights {
            let at = place.at(host);
            if !self.hosts.contains(host) {
                reading.fault(at, "unknown_host", "the service has no host of this id");
                continue;
            }
            let weight = reading.number(at, *weight, &(1..=100));
            // A host that is no slug has its fault among the hosts.
            if let (Some(weight), Ok(host)) = (weight, host.parse()) {
                weights.insert(host, weight);
            }
        }
        weights
    }

    fn messages(&self, reading: &mut Reading<'_>) -> Vec<Channel> {
        let place = reading.at("messages");
        if !reading.fits("messages", self.messages.len(), ChannelWord::ALL.len()) {
            return Vec::new();
        }
        reading.distinct("messages", self.messages.iter());
        let words = self.messages.iter().enumerate();
        words
            .filter_map(|(index, word)| match reading.word(place.at(index), word)? {
                ChannelWord::Sms => Some(Channel::Sms),
                ChannelWord::Email => Some(Channel::Email),
                ChannelWord::Voice => Some(Channel::Voice),
            })
            .collect()
    }

    /// What makes a group service of it; `None` for one that is not, or whose members have faults.
    fn group(&self, reading: &mut Reading<'_>) -> Option<Group> {
        let capacity = reading.number(reading.at("capacity"), self.capacity, &(1..=10_000));
        let list = if self.waitlist_offer == "auto" {
            Some(WaitingList::Promote)
        } else {
            let place = reading.at("waitlist_offer");
            reading.length(place, &self.waitlist_offer, &DURATION).map(WaitingList::Offer)
        };
        let roster = reading.word(reading.at("roster"), &self.roster).map(|word| match word {
            RosterWord::Contacts => Roster::Contacts,
            RosterWord::Names => Roster::Names,
            RosterWord::Numbers => Roster::Numbers,
        });
        if capacity == Some(1) && self.waitlist {
            let message = "needs a capacity of more than 1";
            reading.fault(reading.at("waitlist"), "needs_capacity", message);
        }
        if capacity.is_some_and(|people| people > 1) && !self.durations.is_empty() {
            let message = "a group service has one length";
            reading.fault(reading.at("durations"), "not_for_groups", message);
        }
        let waiting_list = list?;
        let capacity = capacity.filter(|people| *people > 1)?;
        let waiting_list = self.waitlist.then_some(waiting_list);
        Some(Group { capacity, waiting_list, roster: roster? })
    }

    fn assignment(&self, reading: &mut Reading<'_>) -> Option<Assignment> {
        match reading.word(reading.at("assignment"), &self.assignment)? {
            AssignmentWord::Any => Some(Assignment::Any),
            AssignmentWord::All if self.capacity > 1 => {
                let message = "a group service has one host at a time: its places are theirs";
                reading.fault(reading.at("assignment"), "not_for_groups", message);
                None
            }
            AssignmentWord::All if self.hosts.len() > MOST_TOGETHER => {
                let message = format!("must be at most {MOST_TOGETHER}, where all of them come");
                reading.fault(reading.at("hosts"), "too_many", message);
                None
            }
            AssignmentWord::All => Some(Assignment::All),
        }
    }
}
