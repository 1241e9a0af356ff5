//! What attendees answer to the calendar's invitation.

/// An attendee's answer to the invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// They come.
    Accepted,
    /// Perhaps.
    Tentative,
    /// They do not.
    Declined,
}

impl Response {
    /// The answer's name in the API and in stored rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Tentative => "tentative",
            Self::Declined => "declined",
        }
    }

    /// The answer of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Accepted, Self::Tentative, Self::Declined];
        all.into_iter().find(|response| response.as_str() == name)
    }
}

/// What follows when the lead declines the calendar's invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfDeclined {
    /// The booking stands, and shows it: an invitation is often declined by mistake or by a machine.
    Keep,
    /// The booking is cancelled, as if the lead had done so by their link.
    Cancel,
}
