//! Calls: what a caller hears, and what follows from what they press or say. The same conversation
//! as by text, with other ears and another voice.
//!
//! The provider may repeat a request of a call: each is answered once, and a repeat hears the same.

use std::time::Duration;

use domain::conversation::Asked;
use domain::conversation::keys::{Choice, Input, TIMES_AT_ONCE, choice};
use domain::service::Channel;
use domain::{Booking, BookingId, Language, MessageId};
use providers::twilio::Sender;
use serde::{Deserialize, Serialize};
use store::booking::FindBooking;
use store::call::{AnswerCall, DecideCall, EnterCall, FindCallMessage, ListComingIds, StoredCall};
use store::conversation::{Party, Talk, Whose};

use super::speech::Voice;
use super::{Speaker, Turned, language_of, today, unchanged};
use crate::{App, AppError};

/// How long the calendar is waited for while somebody holds the line.
const PATIENCE: Duration = Duration::from_millis(700);
/// After so many times of hearing nothing that can be understood, we hang up.
const MOST_MISSES: i64 = 3;
/// How many coming bookings a code is looked for among, the nearest first.
const MOST_CODES: i64 = 20_000;
/// How often a turn is taken again when others came in between.
const TRIES: usize = 5;

/// What a caller hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallSays {
    /// In which language.
    #[serde(default, with = "tag")]
    pub language: Language,
    /// What comes before the prompt, once.
    pub lead: Option<String>,
    /// What is said, and said again when it is asked for.
    pub prompt: String,
    /// What is waited for then; the call ends if nothing is.
    pub listen: Option<Listen>,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listen {
    /// One key, or a phrase.
    Choice,
    /// The digits of a booking code.
    Code,
}

/// An answer to one request of a call, and which request is expected next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallAnswer {
    /// What the caller hears.
    pub says: CallSays,
    /// The next request's number.
    pub next: i64,
}

/// One request of a call.
#[derive(Debug, Clone)]
pub struct CallRequest {
    /// The provider's identifier of the call.
    pub sid: String,
    /// The other end's number, unless it is withheld.
    pub phone: Option<String>,
    /// Which request it is; the first is 0.
    pub step: i64,
    /// What the caller pressed or said.
    pub input: Input,
}

/// How a booking is changed by phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneLine {
    /// Whom to call.
    pub number: String,
    /// The digits that name the booking, where the caller's own number does not.
    pub code: String,
}

/// Who took a call of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnsweredBy {
    /// Somebody, as far as can be told.
    Person,
    /// A machine, which takes a message now.
    Machine,
    /// A machine that takes no message.
    Fax,
}

impl App {
    /// Somebody calls us, or goes on with a call.
    pub async fn caller_speaks(&self, request: CallRequest) -> Result<CallAnswer, AppError> {
        self.answer_caller(request, None).await
    }

    /// A call of ours was taken. `None` for a message that is not ours.
    pub async fn call_taken(
        &self,
        request: CallRequest,
        message: MessageId,
        by: AnsweredBy,
    ) -> Result<Option<CallAnswer>, AppError> {
        let unit = FindCallMessage { workspace: self.workspace(), id: message };
        let Some(about) = self.store().read(unit).await? else { return Ok(None) };
        let language = self.language_of_attendee(about.booking, about.position).await?;
        let voice = Voice::of(language);
        let hang_up = |says| Ok(Some(CallAnswer { says, next: 1 }));
        match by {
            AnsweredBy::Fax => return hang_up(voice.only(String::new())),
            AnsweredBy::Machine => return hang_up(voice.for_machine()),
            AnsweredBy::Person => {}
        }
        let opening =
            Opening { about: (about.booking, about.position), language, news: about.body };
        self.answer_caller(request, Some(opening)).await.map(Some)
    }

    async fn language_of_attendee(
        &self,
        booking: BookingId,
        position: u32,
    ) -> Result<Language, AppError> {
        let find = FindBooking { workspace: self.workspace(), id: booking };
        let found = self.store().read(find).await?;
        let index = usize::try_from(position).unwrap_or(usize::MAX);
        Ok(found.map_or_else(Language::default, |found| {
            let booking = &found.booking;
            let attendee = booking.attendees.get(index).unwrap_or(booking.lead());
            booking.language_of(attendee)
        }))
    }

    async fn answer_caller(
        &self,
        request: CallRequest,
        opening: Option<Opening>,
    ) -> Result<CallAnswer, AppError> {
        for _ in 0..TRIES {
            let unit = EnterCall {
                workspace: self.workspace(),
                sid: request.sid.clone(),
                phone: request.phone.clone(),
                about: opening.as_ref().map(|opening| opening.about),
                now: self.clock().now(),
            };
            let call = self.store().write(unit).await?;
            if request.step < call.step {
                return Ok(heard_before(&call));
            }
            let speaker = Speaker {
                party: Party::Call(call.sid.clone()),
                phone: call.phone.clone(),
                channel: Channel::Voice,
                most_offers: TIMES_AT_ONCE,
                patience: PATIENCE,
            };
            let Some(heard) = self.hear(&speaker, &call, &request, opening.as_ref()).await? else {
                continue;
            };
            let says = serde_json::to_string(&heard.says).expect("it is text");
            let unit = AnswerCall {
                workspace: self.workspace(),
                sid: call.sid.clone(),
                step: call.step,
                turn: heard.turn,
                about: heard.about,
                misses: heard.misses,
                said: says,
                now: self.clock().now(),
            };
            if self.store().write(unit).await? {
                self.wake_runner();
                return Ok(CallAnswer { says: heard.says, next: call.step + 1 });
            }
        }
        Err(AppError::Overtaken)
    }

    /// What follows from one request; `None` when another one came in between.
    async fn hear(
        &self,
        speaker: &Speaker,
        call: &StoredCall,
        request: &CallRequest,
        opening: Option<&Opening>,
    ) -> Result<Option<Heard>, AppError> {
        let whose = whose(call);
        let talk = self.load_talk(speaker, whose.clone()).await?;
        let about = call.about;
        let turn = unchanged(speaker, &talk);
        let key = format!("{}/{}", call.sid, call.step);
        let last = said_last(call);
        let language = language_of(&talk).or(opening.map(|opening| opening.language));
        let voice = Voice::of(language.unwrap_or(last.language));
        if let Some(act) = &call.act {
            let Turned { said, turn, .. } = self.carry_out(speaker, whose, act, key).await?;
            return Ok(Some(Heard { says: voice.says(&said), turn, about, misses: 0 }));
        }
        if call.step == 0 {
            let says = self.greeting(&voice, &talk, speaker, opening);
            return Ok(Some(Heard { says, turn, about, misses: 0 }));
        }
        if last.listen == Some(Listen::Code) {
            return self.hear_code(speaker, call, &talk, &request.input).await.map(Some);
        }
        let now = self.clock().now();
        let open = talk.asked.as_ref().filter(|asked| now < asked.until);
        let question = open.map(|Asked { question, .. }: &Asked| question);
        let heard = match choice(&request.input, question, today(&talk, now)) {
            Choice::Said(heard) => heard,
            Choice::Repeat => {
                let says = CallSays { lead: None, ..last };
                return Ok(Some(Heard { says, turn, about, misses: 0 }));
            }
            missed @ (Choice::Wrong | Choice::Silence) => {
                let says = voice.missed(last, &missed, call.misses + 1 >= MOST_MISSES);
                return Ok(Some(Heard { says, turn, about, misses: call.misses + 1 }));
            }
        };
        let words = match &request.input {
            Input::Silence => "",
            Input::Keys(words) | Input::Speech(words) => words,
        };
        let turned = self.turn(speaker, &talk, &heard, words).await?;
        let Some(act) = turned.act else {
            let says = voice.says(&turned.said);
            return Ok(Some(Heard { says, turn: turned.turn, about, misses: 0 }));
        };
        let unit = DecideCall {
            workspace: self.workspace(),
            sid: call.sid.clone(),
            turn: turned.turn,
            act: act.clone(),
            now,
        };
        if !self.store().write(unit).await? {
            return Ok(None);
        }
        let Turned { said, turn, .. } = self.carry_out(speaker, whose, &act, key).await?;
        Ok(Some(Heard { says: voice.says(&said), turn, about, misses: 0 }))
    }

    fn greeting(
        &self,
        voice: &Voice,
        talk: &Talk,
        speaker: &Speaker,
        opening: Option<&Opening>,
    ) -> CallSays {
        let first =
            talk.bookings.first().and_then(|(booking, _)| self.spoken(speaker, talk, booking.id));
        match (first, opening) {
            (Some(of), None) => voice.greeting(&of, talk.bookings.len()),
            (Some(_), Some(opening)) => voice.news(&opening.news),
            // It is over: there is nothing to choose.
            (None, Some(opening)) => voice.only(opening.news.clone()),
            (None, None) => voice.stranger(),
        }
    }

    async fn hear_code(
        &self,
        speaker: &Speaker,
        call: &StoredCall,
        talk: &Talk,
        input: &Input,
    ) -> Result<Heard, AppError> {
        let digits: String = match input {
            Input::Silence => String::new(),
            Input::Keys(text) | Input::Speech(text) => {
                text.chars().filter(char::is_ascii_digit).collect()
            }
        };
        let turn = unchanged(speaker, talk);
        if let Some(id) = self.booking_of_code(&digits).await? {
            let whose = Whose::Booking(id, 0);
            let talk = self.load_talk(speaker, whose).await?;
            let voice = Voice::of(language_of(&talk).unwrap_or_default());
            let says = self.greeting(&voice, &talk, speaker, None);
            let turn = unchanged(speaker, &talk);
            return Ok(Heard { says, turn, about: Some((id, 0)), misses: 0 });
        }
        let missed = if digits.is_empty() { Choice::Silence } else { Choice::Wrong };
        let misses = call.misses + 1;
        let last = said_last(call);
        let says = Voice::of(last.language).missed(last, &missed, misses >= MOST_MISSES);
        Ok(Heard { says, turn, about: None, misses })
    }

    /// How an attendee of a booking changes it by phone; `None` where nobody answers calls, or it is
    /// not theirs to change: whoever enters the code is taken for the lead.
    pub fn phone_line(&self, booking: &Booking, position: u32) -> Option<PhoneLine> {
        let Sender::Number(number) = &self.providers().twilio.as_ref()?.sender else { return None };
        let theirs = self.may_change(&booking.service, position);
        let line = || PhoneLine { number: number.clone(), code: self.booking_code(booking.id) };
        theirs.then(line)
    }

    /// The code by which a caller names a booking whose number is not theirs.
    pub fn booking_code(&self, booking: BookingId) -> String {
        self.link_key().code(booking)
    }

    async fn booking_of_code(&self, digits: &str) -> Result<Option<BookingId>, AppError> {
        if digits.len() != crate::manage_link::CODE_DIGITS {
            return Ok(None);
        }
        let now = self.clock().now();
        let unit = ListComingIds { workspace: self.workspace(), now, limit: MOST_CODES };
        let coming = self.store().read(unit).await?;
        Ok(coming.into_iter().find(|id| self.booking_code(*id) == digits))
    }
}

/// What a call of ours begins with.
struct Opening {
    about: (BookingId, u32),
    language: Language,
    news: String,
}

/// What follows from one request.
struct Heard {
    says: CallSays,
    turn: store::conversation::Turn,
    about: Option<(BookingId, u32)>,
    misses: i64,
}

fn whose(call: &StoredCall) -> Whose {
    match (call.about, &call.phone) {
        (Some((booking, position)), _) => Whose::Booking(booking, position),
        (None, Some(phone)) => Whose::Phone(phone.clone()),
        (None, None) => Whose::Nobody,
    }
}

fn heard_before(call: &StoredCall) -> CallAnswer {
    CallAnswer { says: said_last(call), next: call.step }
}

fn said_last(call: &StoredCall) -> CallSays {
    let stored = call.said.as_deref().and_then(|said| serde_json::from_str(said).ok());
    stored.unwrap_or_else(|| Voice::of(Language::default()).goodbye())
}

/// A language in what is stored of a call.
mod tag {
    use domain::Language;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(super) fn serialize<S: Serializer>(
        language: &Language,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(language.tag())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Language, D::Error> {
        let tag = String::deserialize(deserializer)?;
        Ok(Language::for_locale(Some(&tag)))
    }
}
