//! What messages say. Times are told in the recipient's zone, which is named, and in their language.

mod catalogue;
mod de;
mod en;
mod es;
mod fr;
mod when;

use askama::Template as _;
use domain::booking::Actor;
use domain::notification::News;
use domain::telling::Wording;
use domain::template::{Template, Variable};
use domain::{Attendee, Booking, Host, Interval, Language};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use providers::twilio::{economical, segments};

use crate::booking::Alternative;
use crate::conversation::PhoneLine;
use catalogue::{Catalogue, Saying};
use when::Dates;

/// A text that can be replied to has no more.
const MOST_SEGMENTS: usize = 2;

/// The content of one message, for every channel.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    /// The mail's subject.
    pub(super) subject: String,
    /// The recipient's name.
    pub(super) recipient_name: Option<String>,
    language: Language,
    heading: String,
    greeting: String,
    sentence: String,
    facts: Vec<Fact>,
    action: Option<(String, String)>,
    footer: String,
    /// What stands before the link in a text message that can be replied to.
    replies: Option<&'static str>,
    /// The service's own words for a text message.
    own_sms: Option<String>,
}

/// One line of what a message is about.
#[derive(Debug, Clone)]
struct Fact {
    kind: FactKind,
    label: String,
    value: String,
}

/// What a text message does with a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FactKind {
    /// Says it without its label.
    Plain,
    /// The same, where there is room.
    Place,
    /// Says it with its label.
    Labelled,
    /// Leaves it to the mail.
    MailOnly,
}

/// What a message to an attendee is about.
pub(crate) struct Telling<'a> {
    /// What is true.
    pub(crate) booking: &'a Booking,
    /// The host's name, unless the host is gone.
    pub(crate) host: Option<&'a str>,
    /// Whom it is for.
    pub(crate) attendee: &'a Attendee,
    /// In which language.
    pub(crate) language: Language,
    /// What they do not know.
    pub(crate) news: &'a News,
    /// Their own link.
    pub(crate) manage: String,
    /// The service's page, if it has one.
    pub(crate) book: Option<String>,
    /// What they could have instead.
    pub(crate) alternatives: &'a [Alternative],
    /// The service's own words.
    pub(crate) wording: Option<&'a Wording>,
    /// What a reply to a text message can do.
    pub(crate) replies: Replies,
    /// How they change it by phone.
    pub(crate) phone: Option<PhoneLine>,
}

/// What a reply to a text message can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replies {
    /// Nothing: none comes back to us.
    Nothing,
    /// Say that its sender comes: the booking is another's to change.
    Confirm,
    /// Confirm, move and call off.
    Change,
}

/// What surrounds every mail.
#[derive(askama::Template)]
#[template(path = "mail.html")]
struct MailPage<'a> {
    language: &'static str,
    content: &'a Content,
}

impl Content {
    /// What an attendee is to read.
    pub(crate) fn new(telling: &Telling<'_>) -> Self {
        let Telling { booking, attendee, news, .. } = telling;
        let language = telling.language;
        let texts = catalogue::of(language);
        let zone = attendee.timezone.as_ref().unwrap_or(&booking.timezone);
        let value = |variable| telling.value(variable, texts, zone);
        let said = saying(news, texts);
        let own = |template: fn(&Wording) -> Option<&Template>| {
            telling.wording.and_then(template).map(|template| template.fill(value))
        };
        let action = telling.link().map(|(label, link)| (label(texts).to_owned(), link.clone()));
        let subject = format!("{}: {{title}}, {{start}}", said.heading);
        Self {
            subject: own(|own| own.subject.as_ref()).unwrap_or_else(|| ours(&subject, value)),
            recipient_name: attendee.name.as_ref().map(ToString::to_string),
            language,
            heading: said.heading.to_owned(),
            greeting: match &attendee.name {
                Some(_) => ours(texts.greeting, value),
                None => texts.greeting_without_name.to_owned(),
            },
            sentence: own(|own| own.body.as_ref()).unwrap_or_else(|| ours(said.sentence, value)),
            facts: telling.facts(texts, zone),
            action,
            footer: ours(texts.footer, value),
            replies: telling.replies(texts),
            own_sms: own(|own| own.sms.as_ref()),
        }
    }

    /// What the host of a booking is to read. `admin` is the booking's page in the dashboard.
    pub(crate) fn for_host(booking: &Booking, host: &Host, news: &News, admin: &str) -> Self {
        let language = host.news.language;
        let texts = catalogue::of(language);
        let said = saying_to_host(news, texts);
        let (zone, dates) = (&host.timezone, &texts.dates);
        let lead = booking.lead();
        let value = |variable| match variable {
            Variable::Name => lead.label().to_owned(),
            Variable::Title => booking.title.clone(),
            Variable::When => dates.when(booking.slot, zone),
            Variable::Start => dates.start(booking.slot.start(), zone),
            Variable::Location => booking.location.clone().unwrap_or_default(),
            Variable::Host => host.name.to_string(),
            Variable::Earlier => {
                earlier(news).map(|slot| dates.when(slot, zone)).unwrap_or_default()
            }
            Variable::Until => until(news, dates, zone),
            Variable::Link => admin.to_owned(),
        };
        let labels = &texts.labels;
        let mut facts = about(booking, texts, zone);
        let contact = [
            lead.name.as_ref().map(ToString::to_string),
            lead.email.as_ref().map(ToString::to_string),
            lead.phone.as_ref().map(ToString::to_string),
        ];
        let contact: Vec<String> = contact.into_iter().flatten().collect();
        facts.push(Fact::new(FactKind::MailOnly, labels.who, contact.join(", ")));
        if booking.party_size > 1 {
            facts.push(Fact::new(
                FactKind::MailOnly,
                labels.people,
                booking.party_size.to_string(),
            ));
        }
        let notes = booking
            .notes
            .iter()
            .map(|notes| Fact::new(FactKind::MailOnly, labels.notes, notes.clone()));
        facts.extend(notes);
        facts.extend(reason(booking, texts));
        Self {
            subject: ours(&format!("{}: {{title}}, {{name}}, {{start}}", said.heading), value),
            recipient_name: Some(host.name.to_string()),
            language,
            heading: said.heading.to_owned(),
            greeting: texts.greeting.replace("{name}", host.name.as_str()),
            sentence: ours(said.sentence, value),
            facts,
            action: Some((labels.open_booking.to_owned(), admin.to_owned())),
            footer: texts.for_host.footer.to_owned(),
            replies: None,
            own_sms: None,
        }
    }

    /// The list of a host's day: what stands, in order.
    pub(crate) fn of_day(host: &Host, day: Interval, bookings: &[Booking]) -> Self {
        let texts = catalogue::of(host.news.language);
        let (dates, zone) = (&texts.dates, &host.timezone);
        let begins = day.start().to_zoned(zone.clone());
        let lines = bookings.iter().map(|booking| {
            let place = booking.location.iter().map(|place| format!(", {place}"));
            let what = format!(
                "{}, {}{}",
                booking.title,
                booking.lead().label(),
                place.collect::<String>()
            );
            Fact::new(FactKind::Labelled, &dates.hours(booking.slot, zone), what)
        });
        let said = &texts.for_host.day;
        let sentence = if bookings.is_empty() {
            said.sentence.to_owned()
        } else {
            format!("{}, {}", dates.day(&begins), dates.zone(&begins))
        };
        Self {
            subject: format!("{}: {}", said.heading, dates.day(&begins)),
            recipient_name: Some(host.name.to_string()),
            language: host.news.language,
            heading: said.heading.to_owned(),
            greeting: texts.greeting.replace("{name}", host.name.as_str()),
            sentence,
            facts: lines.collect(),
            action: None,
            footer: texts.for_host.footer.to_owned(),
            replies: None,
            own_sms: None,
        }
    }

    /// The text message: one or two segments in the ordinary case. What can be replied is named
    /// where it keeps the text to two; the place, which the link tells, gives way to it.
    pub(super) fn sms(&self) -> String {
        if let Some(own) = &self.own_sms {
            return own.clone();
        }
        let Some((label, link)) = &self.action else { return economical(self.in_short(&[])) };
        let replied = self.replies.into_iter().flat_map(|replies| {
            [&[][..], &[FactKind::Place]]
                .map(|without| format!("{} {replies}: {link}", self.in_short(without)))
        });
        let fits = |text: &String| segments(text).segments <= MOST_SEGMENTS;
        replied
            .map(economical)
            .find(fits)
            .unwrap_or_else(|| economical(format!("{} {label}: {link}", self.in_short(&[]))))
    }

    /// What it is about, in a line.
    fn in_short(&self, without: &[FactKind]) -> String {
        let facts: Vec<String> = self
            .facts
            .iter()
            .filter(|fact| !without.contains(&fact.kind))
            .filter_map(|fact| match fact.kind {
                FactKind::Plain | FactKind::Place => Some(shortened(&fact.value, 80)),
                FactKind::Labelled => {
                    let value = fact.value.replace('\n', "; ");
                    Some(format!("{}: {}", fact.label, shortened(&value, 120)))
                }
                FactKind::MailOnly => None,
            })
            .collect();
        format!("{}: {}.", self.heading, facts.join(". "))
    }

    /// The plain part of a mail.
    pub(super) fn plain(&self) -> String {
        let mut lines =
            vec![self.greeting.clone(), String::new(), self.sentence.clone(), String::new()];
        lines.extend(self.facts.iter().map(|fact| format!("{}: {}", fact.label, fact.value)));
        if let Some((label, link)) = &self.action {
            lines.extend([String::new(), format!("{label}: {link}")]);
        }
        lines.extend([String::new(), "-- ".to_owned(), self.footer.clone()]);
        lines.join("\n")
    }

    /// The HTML part of a mail.
    pub(super) fn html(&self) -> String {
        let page = MailPage { language: self.language.tag(), content: self };
        page.render().expect("the template only shows text")
    }
}

impl Fact {
    fn new(kind: FactKind, label: &str, value: String) -> Self {
        Self { kind, label: label.to_owned(), value }
    }
}

type Label = fn(&Catalogue) -> &'static str;

impl Telling<'_> {
    fn value(&self, variable: Variable, texts: &Catalogue, zone: &TimeZone) -> String {
        let (booking, dates) = (self.booking, &texts.dates);
        match variable {
            Variable::Name => self.attendee.label().to_owned(),
            Variable::Title => booking.title.clone(),
            Variable::When => dates.when(booking.slot, zone),
            Variable::Start => dates.start(booking.slot.start(), zone),
            Variable::Location => booking.location.clone().unwrap_or_default(),
            Variable::Host => self.host.unwrap_or_default().to_owned(),
            Variable::Earlier => {
                earlier(self.news).map(|slot| dates.when(slot, zone)).unwrap_or_default()
            }
            Variable::Until => until(self.news, dates, zone),
            Variable::Link => self.link().map(|(_, link)| link.clone()).unwrap_or_default(),
        }
    }

    /// What the recipient can do next.
    fn link(&self) -> Option<(Label, &String)> {
        match self.news {
            News::Confirmed
            | News::Reminder { .. }
            | News::Moved { .. }
            | News::Updated
            | News::MoveNotPossible { .. } => {
                Some((|texts| texts.labels.change_or_cancel, &self.manage))
            }
            News::NotPossible | News::WaitedInVain => {
                Some((|texts| texts.labels.choose_another_time, self.book.as_ref()?))
            }
            News::SeatsOffered { .. } => Some((|texts| texts.labels.accept, &self.manage)),
            News::Waitlisted => Some((|texts| texts.labels.see_waiting_list, &self.manage)),
            News::Received | News::Cancelled { .. } | News::Unreached => None,
        }
    }

    /// What can be replied to the text message that tells it.
    fn replies(&self, texts: &Catalogue) -> Option<&'static str> {
        match self.replies {
            Replies::Confirm if self.stands() => Some(texts.labels.reply_coming),
            Replies::Change if self.stands() => Some(texts.labels.replies),
            Replies::Nothing | Replies::Confirm | Replies::Change => None,
        }
    }

    /// Whether the news is of an appointment that can be confirmed, moved and called off.
    fn stands(&self) -> bool {
        match self.news {
            News::Confirmed | News::Reminder { .. } | News::Moved { .. } | News::Updated => true,
            News::Received
            | News::MoveNotPossible { .. }
            | News::Cancelled { .. }
            | News::NotPossible
            | News::Waitlisted
            | News::SeatsOffered { .. }
            | News::WaitedInVain
            | News::Unreached => false,
        }
    }

    /// How to change what stands, for who would rather call.
    fn phone(&self, texts: &Catalogue) -> Option<Fact> {
        let PhoneLine { number, code } = self.phone.as_ref().filter(|_| self.stands())?;
        let how = format!("{number}, {} {code}", texts.labels.booking_code);
        Some(Fact::new(FactKind::MailOnly, texts.labels.by_phone, how))
    }

    fn facts(&self, texts: &Catalogue, zone: &TimeZone) -> Vec<Fact> {
        let mut facts = about(self.booking, texts, zone);
        let host =
            self.host.map(|host| Fact::new(FactKind::MailOnly, texts.labels.with, host.to_owned()));
        facts.extend(host);
        facts.extend(self.phone(texts));
        facts.extend(reason(self.booking, texts));
        if !self.alternatives.is_empty() {
            let free = self.alternatives.iter();
            let times: Vec<String> =
                free.map(|free| texts.dates.start(free.slot.start(), zone)).collect();
            facts.push(Fact::new(FactKind::Labelled, texts.labels.still_free, times.join("\n")));
        }
        facts
    }
}

/// A time as a text message says it: `Tue 1 Dec 10:00 AM PST`.
pub(crate) fn short_time(language: Language, at: Timestamp, zone: &TimeZone) -> String {
    catalogue::of(language).dates.short(at, zone)
}

/// Our own texts are templates, too.
fn ours(text: &str, value: impl Fn(Variable) -> String) -> String {
    Template::parse(text).expect("a test reads every text of the catalogues").fill(value)
}

fn about(booking: &Booking, texts: &Catalogue, zone: &TimeZone) -> Vec<Fact> {
    let labels = &texts.labels;
    let mut facts = vec![
        Fact::new(FactKind::Plain, labels.what, booking.title.clone()),
        Fact::new(FactKind::Plain, labels.when, texts.dates.when(booking.slot, zone)),
    ];
    let place = booking.location.iter();
    facts.extend(place.map(|place| Fact::new(FactKind::Place, labels.place, place.clone())));
    facts
}

/// Why it was called off. An attendee's own words are not told to the others.
fn reason(booking: &Booking, texts: &Catalogue) -> Option<Fact> {
    let domain::BookingState::Cancelled(cancellation) = &booking.state else { return None };
    let said = match cancellation.by {
        Actor::Host | Actor::Api => cancellation.reason.clone()?,
        Actor::Attendee | Actor::System => return None,
    };
    Some(Fact::new(FactKind::MailOnly, texts.labels.reason, said))
}

/// The other time that the news is about.
fn earlier(news: &News) -> Option<Interval> {
    match news {
        News::Moved { from } => Some(*from),
        News::MoveNotPossible { wanted } => Some(*wanted),
        News::Received
        | News::Confirmed
        | News::Reminder { .. }
        | News::Updated
        | News::Unreached
        | News::Cancelled { .. }
        | News::Waitlisted
        | News::SeatsOffered { .. }
        | News::WaitedInVain
        | News::NotPossible => None,
    }
}

/// Until when an offer stands.
fn until(news: &News, dates: &Dates, zone: &TimeZone) -> String {
    match news {
        News::SeatsOffered { until } => dates.start(*until, zone),
        News::Received
        | News::Confirmed
        | News::Reminder { .. }
        | News::Unreached
        | News::Moved { .. }
        | News::Updated
        | News::MoveNotPossible { .. }
        | News::Cancelled { .. }
        | News::Waitlisted
        | News::WaitedInVain
        | News::NotPossible => String::new(),
    }
}

fn saying<'a>(news: &News, texts: &'a Catalogue) -> &'a Saying {
    match news {
        News::Received => &texts.received,
        News::Confirmed => &texts.confirmed,
        News::Reminder { .. } => &texts.reminder,
        News::Moved { .. } => &texts.moved,
        News::Updated => &texts.updated,
        News::MoveNotPossible { .. } => &texts.move_not_possible,
        News::Cancelled { by: Actor::Host } => &texts.cancelled_by_host,
        News::Cancelled { by: Actor::System } => &texts.cancelled_unreached,
        News::Cancelled { by: Actor::Attendee | Actor::Api } => &texts.cancelled,
        News::NotPossible => &texts.not_possible,
        News::Waitlisted => &texts.waitlisted,
        News::SeatsOffered { .. } => &texts.seats_offered,
        News::WaitedInVain => &texts.waited_in_vain,
        News::Unreached => &texts.for_host.unreached,
    }
}

fn saying_to_host<'a>(news: &News, texts: &'a Catalogue) -> &'a Saying {
    let texts = &texts.for_host;
    match news {
        News::Confirmed
        | News::Received
        | News::Reminder { .. }
        | News::Waitlisted
        | News::SeatsOffered { .. } => &texts.new,
        News::Moved { .. } | News::Updated | News::MoveNotPossible { .. } => &texts.moved,
        News::Cancelled { .. } => &texts.cancelled,
        News::NotPossible | News::WaitedInVain => &texts.failed,
        News::Unreached => &texts.unreached,
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 3).collect();
    format!("{}...", kept.trim_end())
}

#[cfg(test)]
mod tests;
