//! Incidents: what an operator has to hear of, once when it begins and once when it is over.

/// What is wrong. Together with a subject it names an incident: of each pair one is open at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IncidentKind {
    /// A host's account no longer accepts us; the host has to consent again. About a connection.
    ConnectionRevoked,
    /// A token fetched a moment ago is refused. About a connection.
    ConnectionUnauthorized,
    /// A provider refuses our own client id or secret. About a provider.
    ClientCredentials,
    /// An account has used up what the provider allows it. About a connection.
    Quota,
    /// More events disappeared from a calendar at once than is believed. About a calendar.
    MassDeletion,
    /// The sender of our texts refuses our credentials. About a provider.
    SmsCredentials,
    /// The mail relay refuses our credentials. About a provider.
    MailCredentials,
    /// Work was given up. About a job.
    JobGivenUp,
    /// An attendee cannot be reached on any channel. About a booking.
    Undeliverable,
    /// A booking and its host's calendar contradict each other. About a booking.
    Conflict,
}

/// How bad it is, in PagerDuty's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Bookings of several hosts do not go on.
    Critical,
    /// Bookings of one host do not go on.
    Error,
    /// Somebody should look.
    Warning,
}

impl IncidentKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::ConnectionRevoked,
        Self::ConnectionUnauthorized,
        Self::ClientCredentials,
        Self::Quota,
        Self::MassDeletion,
        Self::SmsCredentials,
        Self::MailCredentials,
        Self::JobGivenUp,
        Self::Undeliverable,
        Self::Conflict,
    ];

    /// The name that programs know.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConnectionRevoked => "connection_revoked",
            Self::ConnectionUnauthorized => "connection_unauthorized",
            Self::ClientCredentials => "client_credentials",
            Self::Quota => "quota",
            Self::MassDeletion => "mass_deletion",
            Self::SmsCredentials => "sms_credentials",
            Self::MailCredentials => "mail_credentials",
            Self::JobGivenUp => "job_given_up",
            Self::Undeliverable => "undeliverable",
            Self::Conflict => "conflict",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What an operator reads first.
    pub fn title(self) -> &'static str {
        match self {
            Self::ConnectionRevoked => "A calendar account has to be connected again",
            Self::ConnectionUnauthorized => "A calendar account refuses fresh access tokens",
            Self::ClientCredentials => "The provider refuses our own client credentials",
            Self::Quota => "A calendar account has used up its quota",
            Self::MassDeletion => "Many events disappeared from a calendar at once",
            Self::SmsCredentials => "Texts cannot be sent: the provider refuses our credentials",
            Self::MailCredentials => "Mail cannot be sent: the relay refuses our credentials",
            Self::JobGivenUp => "Work was given up",
            Self::Undeliverable => "An attendee cannot be reached",
            Self::Conflict => "A booking and its calendar contradict each other",
        }
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Self::ClientCredentials | Self::SmsCredentials | Self::MailCredentials => {
                Severity::Critical
            }
            Self::ConnectionRevoked
            | Self::ConnectionUnauthorized
            | Self::MassDeletion
            | Self::JobGivenUp => Severity::Error,
            Self::Quota | Self::Undeliverable | Self::Conflict => Severity::Warning,
        }
    }
}

impl Severity {
    /// PagerDuty's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// When a channel is told of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// It begins.
    Opened,
    /// It is over.
    Over,
}

impl Moment {
    /// Its name in stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Over => "over",
        }
    }

    /// The moment of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Opened, Self::Over].into_iter().find(|moment| moment.as_str() == name)
    }
}

/// What a channel does not know yet, given the moments that are settled with it: told, or refused
/// for good. The beginning comes first also when the end is known already.
pub fn untold(is_over: bool, settled: &[Moment]) -> Option<Moment> {
    if !settled.contains(&Moment::Opened) {
        Some(Moment::Opened)
    } else if is_over && !settled.contains(&Moment::Over) {
        Some(Moment::Over)
    } else {
        None
    }
}

/// What joins the messages about one incident, for people and for PagerDuty.
pub fn dedup_key(kind: IncidentKind, subject: &str) -> String {
    format!("{}/{subject}", kind.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known_by_its_name() {
        for kind in IncidentKind::ALL {
            assert_eq!(IncidentKind::named(kind.as_str()), Some(kind));
        }
        assert_eq!(IncidentKind::named("nonsense"), None);
    }

    #[test]
    fn a_channel_hears_of_the_beginning_and_of_the_end_each_once() {
        use Moment::{Opened, Over};
        let table: [(bool, &[Moment], Option<Moment>); 6] = [
            (false, &[], Some(Opened)),
            (false, &[Opened], None),
            (true, &[], Some(Opened)),
            (true, &[Opened], Some(Over)),
            (true, &[Opened, Over], None),
            (false, &[Opened, Over], None),
        ];
        for (is_over, settled, expected) in table {
            assert_eq!(untold(is_over, settled), expected, "{is_over} {settled:?}");
        }
    }
}
