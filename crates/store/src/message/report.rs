//! What providers tell later of a message that they took.

use domain::service::Channel;
use domain::{BookingId, MessageId, WorkspaceId};
use jiff::{SignedDuration, Timestamp};

use super::{read_told, set_told};
use crate::booking::lock_booking;
use crate::error::StoreError;
use crate::params;
use crate::reach::{doubt_reach, reached_again};
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};

/// What a provider's status callback says of a message. It only moves forward.
pub struct MessageReported {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The attempt.
    pub id: MessageId,
    /// The provider's identifier.
    pub provider_id: String,
    /// `sent`, `delivered`, `undelivered` or `failed`.
    pub state: &'static str,
    /// What the timeline says, if this is news.
    pub entry: TimelineEntry,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for MessageReported {
    const NAME: &'static str = "message.reported";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- find_message_booking
            select booking from messages where workspace = $1 and id = $2";
        let found = tx.find(sql, params![self.workspace.0, self.id.uuid()]).await?;
        let Some(mut found) = found else { return Ok(false) };
        lock_booking(tx, self.workspace, BookingId::new(found.take()?)).await?;
        let first_heard = self.is_first_heard(tx).await?;
        let sql = "-- message_reported: later states replace earlier ones, never the other way
            update messages set state = $3, provider_id = $4, updated_at = $5
             where workspace = $1 and id = $2
               and (state = 'sending' or state = 'superseded'
                    or state = 'sent' and $3 in ('delivered', 'undelivered', 'failed')
                    -- A mail server may take a mail and refuse it afterwards.
                    or state = 'delivered' and $3 = 'undelivered' and channel = 'email')
            returning booking, position, channel, told, starts_at, ends_at, edition,
                      created_at";
        let params = params![
            self.workspace.0,
            self.id.uuid(),
            self.state,
            self.provider_id.as_str(),
            self.now
        ];
        let Some(mut row) = tx.find(sql, params).await? else { return Ok(false) };
        let booking = BookingId::new(row.take()?);
        let position = row.take()?;
        let channel = row.take_as("a channel", |name: String| Channel::named(&name))?;
        let (told, begun_at) = (read_told(&mut row)?, row.take()?);
        if first_heard && matches!(self.state, "sent" | "delivered") {
            let (workspace, now) = (self.workspace, self.now);
            set_told(tx, workspace, (booking, position), channel, &told, begun_at, now).await?;
        }
        timeline::append(tx, self.workspace, booking, &self.entry).await?;
        if position == 0 {
            self.draw_conclusion(tx, booking).await?;
        }
        Ok(true)
    }
}

impl MessageReported {
    /// What a message to the lead that arrived, or did not, says of whether they are reached.
    async fn draw_conclusion(
        &self,
        tx: &mut impl Tx,
        booking: BookingId,
    ) -> Result<(), StoreError> {
        match self.state {
            "undelivered" | "failed" => {
                doubt_reach(tx, self.workspace, booking, self.id, self.now).await
            }
            "delivered" => reached_again(tx, self.workspace, booking, self.now).await,
            _ => Ok(()),
        }
    }

    /// Whether this report is the first to say that the message went out, and no later one did: a
    /// late report must not replace what the recipient was told since.
    async fn is_first_heard(&self, tx: &mut impl Tx) -> Result<bool, StoreError> {
        let sql = "-- is_first_heard
            select 1 from messages
             where workspace = $1 and id = $2 and state in ('sending', 'superseded')
               and not exists (
                    select 1 from messages later
                     where later.workspace = messages.workspace
                       and later.booking = messages.booking
                       and later.position = messages.position
                       and later.channel = messages.channel
                       and later.id > messages.id
                       and later.state in ('sent', 'delivered', 'undelivered'))";
        Ok(tx.find(sql, params![self.workspace.0, self.id.uuid()]).await?.is_some())
    }
}

/// The same for mails, whose provider repeats its reports and names each.
pub struct MailReported {
    /// The report's own identifier.
    pub event: String,
    /// What it says.
    pub report: MessageReported,
}

/// Reports are repeated for a day.
const REPEATED_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

impl UnitOfWork for MailReported {
    const NAME: &'static str = "message.mail_reported";
    type Outcome = bool;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let (workspace, now) = (self.report.workspace, self.report.now);
        let forget = "-- forget_mail_events
            delete from mail_events where workspace = $1 and received_at < $2";
        tx.execute(forget, params![workspace.0, now - REPEATED_FOR]).await?;
        let sql = "-- remember_mail_event
            insert into mail_events (workspace, id, received_at) values ($1, $2, $3)
            on conflict (workspace, id) do nothing";
        if tx.execute(sql, params![workspace.0, self.event.as_str(), now]).await? == 0 {
            return Ok(false);
        }
        self.report.run(tx).await
    }
}
