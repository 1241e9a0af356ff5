//! Texts whose webhook never reached us: the provider keeps them, and lists them.

use jiff::SignedDuration;
use store::inbound_text::{InboundText, KeepText, KeptText};
use store::job::{EnqueueJob, Job, NewJob, Postponement, Release, Task};

use crate::{App, AppError};

/// How many of the latest texts are looked through.
const LOOK_BACK: u16 = 100;
/// What is older was either answered or is of no use any more.
const OLDEST: SignedDuration = SignedDuration::from_hours(24);

impl App {
    /// Begins to look for lost texts now and again, as long as there is an account to ask.
    pub async fn watch_text_inbox(&self) -> Result<(), AppError> {
        if self.providers().twilio.is_none() {
            return Ok(());
        }
        let now = self.clock().now();
        let due_at = now + self.settings().poll_interval;
        let job = NewJob { id: self.ids().job(), task: Task::TextInbox, due_at, lease: None };
        let unit = EnqueueJob { workspace: self.workspace(), job, now };
        Ok(self.store().write(unit).await?)
    }

    /// Keeps every text that the provider lists and we have not seen, as if its webhook had come.
    pub(crate) async fn look_into_text_inbox(&self, job: Job) -> Result<(), AppError> {
        let Some(twilio) = &self.providers().twilio else { return self.done(job).await };
        let now = self.clock().now();
        let call = twilio.list_received(&self.providers().http, LOOK_BACK).await;
        let (error, texts) = match call.outcome {
            Ok(texts) => (None, texts),
            Err(error) => (Some(error.to_string()), Vec::new()),
        };
        let mut found = 0;
        // The newest are listed first; they are answered in the order in which they were sent.
        for text in texts.into_iter().rev() {
            let recent = text.created_at.is_some_and(|at| now.duration_since(at) < OLDEST);
            let (Some(phone), Some(body), true) = (text.from, text.body, recent) else { continue };
            let text = InboundText { sid: text.sid, phone, body };
            let task = Task::Answer(text.sid.clone());
            let answer = NewJob { id: self.ids().job(), task, due_at: now, lease: None };
            let workspace = self.workspace();
            let unit = KeepText { workspace, text, awaited_until: None, job: answer, now };
            if matches!(self.store().write(unit).await?, KeptText::New(_)) {
                found += 1;
            }
        }
        if found > 0 {
            tracing::warn!("{found} texts had come without their webhook");
            self.wake_runner();
        }
        let postponement = Some(Postponement::Until(now + self.settings().poll_interval));
        Ok(self.store().write(Release { job, postponement, error }).await?)
    }
}
