//! What attendees of a service are told beyond what happened, and in which words.

use crate::language::Language;
use crate::notification::News;
use crate::quiet_hours::QuietHours;
use crate::reminder::Reminder;
use crate::template::Template;
use crate::undeliverable::IfUndeliverable;

/// How attendees of a service are told.
#[derive(Debug, Clone, Default)]
pub struct Telling {
    /// Messages before the start.
    pub reminders: Vec<Reminder>,
    /// When texts that can wait are not sent, on the attendee's clock.
    pub quiet_hours: Option<QuietHours>,
    /// What becomes of a booking whose lead no message reaches.
    pub if_undeliverable: IfUndeliverable,
    /// The service's own words, in place of ours.
    pub wordings: Vec<Wording>,
}

/// A service's own words for one kind of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// The kind of news, by its name.
    pub news: &'static str,
    /// For whom; for everybody if none.
    pub language: Option<Language>,
    /// The mail's subject.
    pub subject: Option<Template>,
    /// The sentence above the facts of a mail.
    pub body: Option<Template>,
    /// The whole text message.
    pub sms: Option<Template>,
}

impl Telling {
    /// The service's own words for this news: those for the language before those for everybody.
    pub fn wording(&self, news: &News, language: Language) -> Option<&Wording> {
        let of = |wanted: Option<Language>| {
            let mut all = self.wordings.iter();
            all.find(|wording| wording.news == news.as_str() && wording.language == wanted)
        };
        of(Some(language)).or_else(|| of(None))
    }
}
