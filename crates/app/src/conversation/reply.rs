//! Answers that are sent by themselves, because nobody waits for them any more. As with every
//! text, one whose fate is not known is looked up before it is sent again.

use jiff::SignedDuration;
use providers::ProviderError;
use store::inbound_text::{
    BeginReply, EndReply, ReplyLeft, SentReplies, StoredText, TextState, Unsent,
};
use store::job::{Job, Postponement};

use crate::notification::sms::{LookedFor, SKEW};
use crate::{App, AppError};

/// An answer that could not be sent for so long is no answer any more.
const TOO_LATE: SignedDuration = SignedDuration::from_hours(1);

impl App {
    pub(super) async fn send_reply(&self, job: Job, stored: StoredText) -> Result<(), AppError> {
        let now = self.clock().now();
        let Some(reply) = stored.reply.clone() else { return self.done(job).await };
        if now.duration_since(stored.received_at) > TOO_LATE {
            tracing::warn!("an answer to a text could not be sent for an hour and is given up");
            return self.end_reply(job, &stored, None, None).await;
        }
        if stored.state == TextState::Sending
            && let Some(settled) = self.look_up_reply(&job, &stored, &reply).await?
        {
            return settled.write(self, job, &stored).await;
        }
        let Some(twilio) = &self.providers().twilio else {
            return self.end_reply(job, &stored, None, None).await;
        };
        let begin = BeginReply { job: job.clone(), sid: stored.text.sid.clone(), now };
        if !self.store().write(begin).await? {
            return self.done(job).await;
        }
        let call =
            twilio.send_message(&self.providers().http, &stored.text.phone, &reply, None).await;
        let error = match call.outcome {
            Ok(sent) => return self.end_reply(job, &stored, Some(sent.sid), None).await,
            Err(error) => error,
        };
        let left = self.left_after(&job, &error);
        if matches!(error, ProviderError::ClientCredentials { .. }) {
            tracing::error!(error = %error, "an answer to a text was not sent");
        } else {
            tracing::warn!(error = %error, "an answer to a text was not sent");
        }
        self.end_reply(job, &stored, None, left).await
    }

    /// What is left to do after an error; `None` when nothing helps.
    fn left_after(&self, job: &Job, error: &ProviderError) -> Option<ReplyLeft> {
        let text = error.to_string();
        let left = |because| {
            let Postponement::Until(at) = self.later(job) else { return None };
            Some(ReplyLeft { because, at, error: text.clone() })
        };
        match error {
            ProviderError::OutcomeUnknown(_) => {
                let at = self.clock().now() + self.settings().lost_answer_wait;
                Some(ReplyLeft { because: Unsent::Unknown, at, error: text.clone() })
            }
            ProviderError::Undeliverable { .. }
            | ProviderError::Refused { .. }
            | ProviderError::Invalid { .. }
            | ProviderError::NotFound
            | ProviderError::Gone { .. }
            | ProviderError::Conflict { .. }
            | ProviderError::PreconditionFailed => None,
            ProviderError::ClientCredentials { .. } => left(Unsent::Unauthorized),
            ProviderError::Throttled { .. }
            | ProviderError::QuotaExceeded
            | ProviderError::Unauthorized
            | ProviderError::ConnectionRevoked { .. }
            | ProviderError::InsufficientScope
            | ProviderError::Misconfigured { .. }
            | ProviderError::TryLater { .. }
            | ProviderError::NotSent(_) => left(Unsent::NotSent),
        }
    }

    /// Finds out what became of an answer; `None` when it is to be sent again.
    async fn look_up_reply(
        &self,
        job: &Job,
        stored: &StoredText,
        reply: &str,
    ) -> Result<Option<Settled>, AppError> {
        let due = stored.updated_at + self.settings().lost_answer_wait;
        if self.clock().now() < due {
            let error = "waiting before it is looked up".to_owned();
            return Ok(Some(Settled::Left(ReplyLeft { because: Unsent::Unknown, at: due, error })));
        }
        let known = SentReplies { workspace: self.workspace(), phone: stored.text.phone.clone() };
        let known = self.store().read(known).await?;
        let since = stored.updated_at - SKEW;
        let (_, looked) = self.look_for_text(&stored.text.phone, reply, since, &known).await;
        Ok(match looked {
            LookedFor::Found(text) => Some(Settled::Sent(text.sid)),
            LookedFor::Missing => None,
            LookedFor::Unreadable => {
                let Postponement::Until(at) = self.later(job) else { return Ok(None) };
                let error = "the provider's list cannot be read".to_owned();
                Some(Settled::Left(ReplyLeft { because: Unsent::Unknown, at, error }))
            }
        })
    }

    async fn end_reply(
        &self,
        job: Job,
        stored: &StoredText,
        reply_sid: Option<String>,
        left: Option<ReplyLeft>,
    ) -> Result<(), AppError> {
        let now = self.clock().now();
        let unit = EndReply { job, sid: stored.text.sid.clone(), reply_sid, left, now };
        Ok(self.store().write(unit).await?)
    }
}

/// What became of an answer whose fate was not known.
enum Settled {
    Sent(String),
    Left(ReplyLeft),
}

impl Settled {
    async fn write(self, app: &App, job: Job, stored: &StoredText) -> Result<(), AppError> {
        match self {
            Self::Sent(sid) => app.end_reply(job, stored, Some(sid), None).await,
            Self::Left(left) => app.end_reply(job, stored, None, Some(left)).await,
        }
    }
}
