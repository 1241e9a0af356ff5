use super::message::Mail;
use super::sendgrid::SendGrid;
use super::smtp::Smtp;
use crate::exchange::Call;
use crate::http::Http;

/// Who takes our mail.
#[derive(Debug, Clone)]
pub enum Relay {
    /// A mail server.
    Smtp(Smtp),
    /// SendGrid's API.
    SendGrid(SendGrid),
}

/// What a relay said when it took a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The relay's own identifier for the mail, where it gives one.
    pub id: Option<String>,
}

impl Relay {
    /// Hands one mail over, once. After [`crate::ProviderError::OutcomeUnknown`] it may be on its
    /// way all the same.
    pub async fn send(&self, http: &Http, mail: &Mail) -> Call<Receipt> {
        match self {
            Self::Smtp(smtp) => smtp.send(mail).await.map(|_words| Receipt { id: None }),
            Self::SendGrid(sendgrid) => sendgrid.send(http, mail).await,
        }
    }

    /// Asks whether it would let us in, and sends nothing.
    pub async fn probe(&self, http: &Http) -> Call<()> {
        match self {
            Self::Smtp(smtp) => smtp.probe().await,
            Self::SendGrid(sendgrid) => sendgrid.probe(http).await,
        }
    }

    /// Whether it tells us later, by its own events, what became of a mail: then one whose answer
    /// was lost may still be heard of.
    pub fn reports(&self) -> bool {
        match self {
            Self::Smtp(_) => false,
            Self::SendGrid(sendgrid) => sendgrid.events.is_some(),
        }
    }
}
