//! How values are written in documents, as published in the API's schema. A document keeps its text
//! as written, so that it is exported as it came; reading it makes the domain's types.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A closed set of words.
pub(super) trait Word: Copy + 'static {
    /// Every word with its meaning.
    const ALL: &'static [(&'static str, Self)];
}

/// Defines an enum of words, and publishes it as the list of them.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum $name { $($variant,)+ }

        impl Word for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($text, Self::$variant),)+];
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some([$($text,)+])).into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

words! {
    /// Who keeps a calendar.
    ProviderWord { Google = "google", Microsoft = "microsoft", CalDav = "caldav", Local = "local", }
    /// What a calendar is used for.
    RoleWord { Write = "write", Busy = "busy", }
    /// Which of a service's hosts come.
    AssignmentWord { Any = "any", All = "all", }
    /// Who finds a service.
    VisibilityWord { Public = "public", Hidden = "hidden", Link = "link", }
    /// A channel on which attendees are told.
    ChannelWord { Sms = "sms", Email = "email", Voice = "voice", }
    /// How a calendar's provider reminds.
    MethodWord { Email = "email", Popup = "popup", }
    /// What happens to a booking of which nobody could be told.
    UndeliverableWord { Keep = "keep", Cancel = "cancel", }
    /// How much of its people a calendar event shows.
    RosterWord { Contacts = "contacts", Names = "names", Numbers = "numbers", }
    /// A language of which every text is there.
    LanguageWord { English = "en", Spanish = "es", German = "de", French = "fr", }
    /// A kind of news for which a service may have its own words.
    NewsWord {
        Received = "received",
        Confirmed = "confirmed",
        Reminder = "reminder",
        Moved = "moved",
        Updated = "updated",
        MoveNotPossible = "move_not_possible",
        Cancelled = "cancelled",
        NotPossible = "not_possible",
        Waitlisted = "waitlisted",
        SeatsOffered = "seats_offered",
        WaitedInVain = "waited_in_vain",
    }
    /// Something that a host can be told of.
    NoticeWord { New = "new", Moved = "moved", Cancelled = "cancelled", Failed = "failed", }
    /// What follows when the lead declines the calendar's invitation.
    DeclinedWord { Keep = "keep", Cancel = "cancel", }
    /// A day of the week.
    DayWord {
        Monday = "mon",
        Tuesday = "tue",
        Wednesday = "wed",
        Thursday = "thu",
        Friday = "fri",
        Saturday = "sat",
        Sunday = "sun",
    }
    /// The product that sends to a source.
    SourceKindWord {
        GravityForms = "gravity_forms",
        HubSpot = "hubspot",
        Typeform = "typeform",
        Jotform = "jotform",
        Tally = "tally",
        Webflow = "webflow",
        Calendly = "calendly",
        Json = "json",
    }
}

/// Defines a published pattern. Only its schema is used: documents hold plain text.
macro_rules! patterns {
    ($($name:ident: $most:literal, $pattern:literal, $description:literal;)+) => {$(
        pub(super) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some($description))
                    .max_length(Some($most))
                    .pattern(Some($pattern))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

patterns! {
    SlugText: 64, "^[a-z0-9-]{1,64}$", "A name of your choice: 1 to 64 characters of a-z, 0-9 and -.";
    LengthText: 32, "^([0-9]+[smhd])+$", "A length of time such as 45s, 30m, 2h, 60d or 1h30m.";
    TimeText: 5, "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", "A time of day, local to the host.";
    QuietText: 11, "^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$",
        "Two times of day, on the attendee's clock: `21:00-08:00`.";
    DateText: 10, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "A date, local to the host.";
    PointerText: 500, "^(/([^~/]|~[01])*)+$", "A JSON pointer (RFC 6901) into the payload.";
    OfferText: 32, "^(auto|([0-9]+[smhd])+)$", "A length of time, or `auto`.";
    UnreachableText: 40, "^(closed|pending|cached ([0-9]+[smhd])+)$",
        "`closed`, `pending`, or `cached` with the age up to which the mirror counts.";
    CalendarReminderText: 40, "^([0-9]+[smhd])+ (email|popup)$",
        "How long before the start, and how: `24h email`, `60m popup`.";
    ReminderText: 40, "^([0-9]+[smhd])+ (sms|email|voice)$",
        "How long before the start, and on which channel: `24h email`, `1h sms`.";
}
