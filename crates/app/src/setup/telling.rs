//! How attendees of a service are told: reminders, quiet hours, its own words.

use domain::quiet_hours::QuietHours;
use domain::telling::{Telling, Wording};
use domain::template::Template;
use domain::undeliverable::IfUndeliverable;
use domain::{Faults, Language, Pointer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ServiceDoc;
use super::hours::time;
use super::notation::{LanguageWord, NewsWord, UndeliverableWord, Word};
use super::reading::Reading;
use super::reminders;

const MOST_TEXTS: usize = 100;
const MOST_SUBJECT: usize = 200;
const MOST_BODY: usize = 2_000;
/// Twilio takes no more, and who pays by the segment wants less.
const MOST_SMS: usize = 640;

/// A service's own words for one kind of news. They may name `{name}`, `{title}`, `{when}`,
/// `{start}`, `{location}`, `{host}`, `{earlier}`, `{until}` and `{link}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextDoc {
    /// The kind of news.
    #[schema(value_type = NewsWord)]
    pub news: String,
    /// For whom; for everybody, whatever their language, if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LanguageWord>)]
    pub language: Option<String>,
    /// The mail's subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub subject: Option<String>,
    /// The sentence above the facts of a mail; may have several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2_000)]
    pub body: Option<String>,
    /// The whole text message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 640)]
    pub sms: Option<String>,
}

/// Reads what a service says about it. `None` only where a fault was kept.
pub(super) fn telling(reading: &mut Reading<'_>, service: &ServiceDoc) -> Option<Telling> {
    let quiet_hours = service.quiet_hours.as_deref();
    let quiet_hours = quiet_hours.map(|text| quiet(reading, text));
    let place = reading.at("if_undeliverable");
    let if_undeliverable = match reading.word(place, &service.if_undeliverable) {
        Some(UndeliverableWord::Cancel) => IfUndeliverable::Cancel,
        Some(UndeliverableWord::Keep) | None => IfUndeliverable::Keep,
    };
    let wordings = reading.part(wordings(&service.texts, &reading.at("texts")))?;
    Some(Telling {
        reminders: reminders::reminders(reading, &service.reminders),
        quiet_hours: quiet_hours.flatten(),
        if_undeliverable,
        wordings,
    })
}

/// Reads `21:00-08:00`.
fn quiet(reading: &mut Reading<'_>, text: &str) -> Option<QuietHours> {
    let hours =
        text.split_once('-').and_then(|(from, until)| QuietHours::new(time(from)?, time(until)?));
    if hours.is_none() {
        let message = "must be two times of day such as 21:00-08:00";
        reading.fault(reading.at("quiet_hours"), "not_quiet_hours", message);
    }
    hours
}

fn wordings(texts: &[TextDoc], at: &Pointer) -> Result<Vec<Wording>, Faults> {
    let mut reading = Reading::new(at);
    if texts.len() > MOST_TEXTS {
        reading.fault(at.clone(), "too_many", format!("must have at most {MOST_TEXTS} entries"));
        return reading.finish(None);
    }
    let mut read = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        read.extend(reading.part(text.parse(&at.at(index))));
    }
    for (index, wording) in read.iter().enumerate() {
        let same =
            |other: &Wording| (other.news, other.language) == (wording.news, wording.language);
        if read[..index].iter().any(same) {
            reading.fault(at.at(index), "repeated", "stands in this list twice");
        }
    }
    reading.finish(Some(read))
}

impl TextDoc {
    fn parse(&self, at: &Pointer) -> Result<Wording, Faults> {
        let mut reading = Reading::new(at);
        let news = reading.word::<NewsWord>(reading.at("news"), &self.news);
        let language = self
            .language
            .as_deref()
            .map(|language| reading.word::<LanguageWord>(reading.at("language"), language));
        let subject = self.subject.as_deref().map(|text| {
            let line = reading.line(reading.at("subject"), text, MOST_SUBJECT);
            template(&mut reading, "subject", line)
        });
        let body = self.body.as_deref().map(|text| {
            let lines = reading.lines(reading.at("body"), text, MOST_BODY);
            template(&mut reading, "body", lines)
        });
        let sms = self.sms.as_deref().map(|text| {
            let lines = reading.lines(reading.at("sms"), text, MOST_SMS);
            template(&mut reading, "sms", lines)
        });
        if subject.is_none() && body.is_none() && sms.is_none() {
            reading.fault(at.clone(), "empty", "must have a subject, a body or an sms");
        }
        let wording = news.map(|news| Wording {
            news: news.as_str(),
            language: language.flatten().map(Language::from),
            subject: subject.flatten(),
            body: body.flatten(),
            sms: sms.flatten(),
        });
        reading.finish(wording)
    }
}

fn template(reading: &mut Reading<'_>, member: &str, text: Option<String>) -> Option<Template> {
    match Template::parse(&text?) {
        Ok(template) => Some(template),
        Err(error) => {
            reading.fault(reading.at(member), error.code(), error.to_string());
            None
        }
    }
}

impl NewsWord {
    /// The kind's name, as the news itself has it.
    fn as_str(self) -> &'static str {
        let all = Self::ALL.iter();
        all.clone().find(|(_, word)| *word == self).map_or("", |(name, _)| name)
    }
}

impl From<LanguageWord> for Language {
    fn from(word: LanguageWord) -> Self {
        match word {
            LanguageWord::English => Self::English,
            LanguageWord::Spanish => Self::Spanish,
            LanguageWord::German => Self::German,
            LanguageWord::French => Self::French,
        }
    }
}
