//! Phones that text us.

use std::time::Duration;

use app::conversation::{InboundText, TextAnswer};

use crate::{Scenario, phone_of};

/// How long the provider waits for what is answered: enough for whatever happens at once.
const PATIENCE: Duration = Duration::from_secs(10);

impl Scenario {
    /// Somebody's phone texts us; what is answered in the same request, if anything is.
    pub async fn is_texted(&self, who: &str, body: &str) -> Option<String> {
        let sid = format!("SM{}", self.app().ids().uuid().simple());
        match self.is_texted_as(&sid, who, body).await {
            TextAnswer::Say(words) => Some(words),
            TextAnswer::Nothing => None,
            TextAnswer::Replayed => panic!("a new text is no replay"),
        }
    }

    /// The same under an identifier of the test's choice.
    pub async fn is_texted_as(&self, sid: &str, who: &str, body: &str) -> TextAnswer {
        let text = InboundText { sid: sid.to_owned(), phone: phone_of(who), body: body.to_owned() };
        let answer = self.does(|app| async move { app.text_received(text, PATIENCE).await }).await;
        answer.expect("the database works")
    }
}
