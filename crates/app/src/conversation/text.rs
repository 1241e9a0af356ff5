//! Texts from phones: kept, answered, and where the provider still waits, answered in its own
//! request.

use std::time::Duration;

use domain::Language;
use domain::conversation::words;
use domain::service::Channel;
use jiff::SignedDuration;
use store::conversation::{Party, Whose};
use store::inbound_text::{
    AnswerText, AnsweredText, DecideText, FindText, InboundText, KeepText, KeptText, StoredText,
    TakeReply, TextState,
};
use store::job::{Job, NewJob, Task};

use super::{MOST_ANSWERS, Said, Speaker, Turned, language_of, today, wording};
use crate::{App, AppError};

/// How long after a text the provider may still repeat its webhook. Whatever comes later is a
/// replay by somebody else.
const REPEATED_WITHIN: SignedDuration = SignedDuration::from_mins(1);
/// How many times are offered in one text.
const OFFERS: usize = 4;
/// How often a turn is taken again when others came in between.
const TRIES: usize = 5;

/// What the provider is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextAnswer {
    /// This, to be sent to whoever texted.
    Say(String),
    /// Nothing; what there is to say is sent by itself.
    Nothing,
    /// It was here long ago: somebody repeats what they overheard.
    Replayed,
}

impl App {
    /// Takes a text from a phone. The caller has verified where it comes from, and waits for that
    /// long; what is not ready then is sent by itself.
    pub async fn text_received(
        &self,
        text: InboundText,
        patience: Duration,
    ) -> Result<TextAnswer, AppError> {
        let (now, sid) = (self.clock().now(), text.sid.clone());
        let waits = SignedDuration::try_from(patience).unwrap_or_default();
        let awaited_until = (!waits.is_zero()).then(|| now + waits + waits);
        let task = Task::Answer(sid.clone());
        let job = NewJob { id: self.ids().job(), task, due_at: now, lease: Some(self.lease()) };
        let unit = KeepText { workspace: self.workspace(), text, awaited_until, job, now };
        match self.store().write(unit).await? {
            KeptText::New(Some(job)) => {
                let app = self.clone();
                let answering = self.0.at_once.spawn(async move { app.run_job(job).await });
                // It goes on by itself when it takes longer.
                let _in_time = tokio::time::timeout(patience, answering).await;
            }
            KeptText::New(None) => self.wake_runner(),
            KeptText::Known(known) => return Ok(self.repeated(&known)),
        }
        let taken = TakeReply { workspace: self.workspace(), sid, now: self.clock().now() };
        let taken = self.store().write(taken).await?;
        self.wake_runner();
        Ok(taken.map_or(TextAnswer::Nothing, TextAnswer::Say))
    }

    /// The provider repeats a webhook only when it did not get our answer.
    fn repeated(&self, known: &StoredText) -> TextAnswer {
        let age = self.clock().now().duration_since(known.received_at);
        match (&known.reply, known.state) {
            _ if age > REPEATED_WITHIN => TextAnswer::Replayed,
            (Some(reply), TextState::Done) => TextAnswer::Say(reply.clone()),
            _ => TextAnswer::Nothing,
        }
    }

    /// Answers a text, or goes on where an answer of it was interrupted.
    pub(crate) async fn answer_text(&self, job: Job, sid: String) -> Result<(), AppError> {
        for _ in 0..TRIES {
            let unit = FindText { workspace: job.workspace, sid: sid.clone() };
            let Some(stored) = self.store().read(unit).await? else { return self.done(job).await };
            match stored.state {
                TextState::Done => return self.done(job).await,
                TextState::Sending | TextState::Answered => {
                    return self.send_reply(job, stored).await;
                }
                TextState::Received => match self.decide_answer(&job, &stored).await? {
                    AnsweredText::Left => return Ok(()),
                    AnsweredText::Overtaken | AnsweredText::ToBeSent => {}
                },
            }
        }
        Err(AppError::Overtaken)
    }

    async fn decide_answer(
        &self,
        job: &Job,
        stored: &StoredText,
    ) -> Result<AnsweredText, AppError> {
        let InboundText { sid, phone, body } = &stored.text;
        let speaker = Speaker {
            party: Party::Text(phone.clone()),
            phone: Some(phone.clone()),
            channel: Channel::Sms,
            most_offers: OFFERS,
            // A message tells what becomes of a move: nobody waits for the calendar here.
            patience: Duration::ZERO,
        };
        let whose = Whose::Phone(phone.clone());
        let talk = self.load_talk(&speaker, whose.clone()).await?;
        let language = language_of(&talk).unwrap_or_default();
        let turned = if let Some(act) = &stored.act {
            self.carry_out(&speaker, whose, act, sid.clone()).await?
        } else {
            let heard = words::read(body, today(&talk, self.clock().now()));
            let turned = self.turn(&speaker, &talk, &heard, body).await?;
            let Some(act) = turned.act.clone() else {
                return self
                    .settle_answer(job, sid, (turned, language), talk.answered_lately)
                    .await;
            };
            let (job, turn, now) = (job.clone(), turned.turn, self.clock().now());
            let unit = DecideText { job, sid: sid.clone(), turn, act: act.clone(), now };
            if !self.store().write(unit).await? {
                return Ok(AnsweredText::Overtaken);
            }
            self.carry_out(&speaker, whose, &act, sid.clone()).await?
        };
        self.settle_answer(job, sid, (turned, language), talk.answered_lately).await
    }

    async fn settle_answer(
        &self,
        job: &Job,
        sid: &str,
        (turned, language): (Turned, Language),
        answered_lately: i64,
    ) -> Result<AnsweredText, AppError> {
        let reply = if answered_lately >= MOST_ANSWERS {
            tracing::warn!(
                "a number got {answered_lately} answers within minutes: it hears no more"
            );
            None
        } else {
            self.words_for(&turned.said, language)
        };
        let (job, now) = (job.clone(), self.clock().now());
        let unit = AnswerText { job, sid: sid.to_owned(), turn: turned.turn, reply, now };
        Ok(self.store().write(unit).await?)
    }

    fn words_for(&self, said: &Said, language: Language) -> Option<String> {
        wording::text(said, language, &self.settings().url("/"))
    }
}
