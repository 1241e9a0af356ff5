//! Credentials of ours that a provider of messages refuses: an incident while it lasts.

use domain::WorkspaceId;
use domain::incident::IncidentKind;
use domain::service::Channel;
use jiff::Timestamp;

use crate::error::StoreError;
use crate::incident::{self, NewIncident};
use crate::tx::Tx;

/// Something could not be sent because of them.
pub(crate) async fn refused(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    channel: Channel,
    error: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (kind, subject, names) = named(channel);
    let summary = format!(
        "Nothing is sent: {error}. Correct {names} and restart; what has to be sent waits and then \
         goes out by itself."
    );
    let incident = NewIncident::noticed(kind, subject.to_owned(), summary, now);
    incident::open(tx, workspace, &incident, now).await?;
    Ok(())
}

/// Something was sent with them.
pub(crate) async fn accepted(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    channel: Channel,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (kind, subject, _) = named(channel);
    let resolution = "Our credentials are accepted again; what had waited goes out.";
    incident::close(tx, workspace, kind, subject, resolution, now).await?;
    Ok(())
}

/// The incident of credentials that do not work, the provider it is about, and the keys that name
/// them.
fn named(channel: Channel) -> (IncidentKind, &'static str, &'static str) {
    match channel {
        Channel::Sms | Channel::Voice => {
            (IncidentKind::SmsCredentials, "twilio", "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN")
        }
        Channel::Email => (IncidentKind::MailCredentials, "mail", "SMTP_URL or SENDGRID_API_KEY"),
    }
}
