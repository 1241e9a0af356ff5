//! Conversations by text or in a call: what somebody was last asked, and what was said about which
//! booking.

mod stored;

use domain::conversation::Asked;
use domain::service::Channel;
use domain::{Booking, BookingId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::booking::find_booking;
use crate::error::StoreError;
use crate::hold;
use crate::number::{self, NewFact};
use crate::params;
use crate::timeline::{self, TimelineEntry};
use crate::tx::{Tx, UnitOfWork};

pub(crate) use stored::{act_from_text, act_to_text};

/// The most coming bookings of one number that are spoken of.
const MOST_BOOKINGS: i64 = 9;

/// Who is spoken with, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// By text, from this number.
    Text(String),
    /// In the call that the provider knows by this.
    Call(String),
}

impl Party {
    fn key(&self) -> String {
        match self {
            Self::Text(phone) => format!("text/{phone}"),
            Self::Call(sid) => format!("call/{sid}"),
        }
    }
}

/// Whose bookings are spoken of.
#[derive(Debug, Clone)]
pub enum Whose {
    /// Those of a number.
    Phone(String),
    /// One that was named.
    Booking(BookingId, u32),
    /// Nobody's that we know.
    Nobody,
}

/// How things stand between us and somebody.
#[derive(Debug, Clone)]
pub struct Talk {
    /// What they were last asked, answered or not.
    pub asked: Option<Asked>,
    /// Rises with every change: an answer to an older one is made again.
    pub revision: i64,
    /// Their coming bookings with their position among its attendees, the nearest first.
    pub bookings: Vec<(Booking, u32)>,
    /// How many texts of theirs were answered lately.
    pub answered_lately: i64,
}

/// How things stand.
pub struct LoadTalk {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// With whom.
    pub party: Party,
    /// About whose bookings.
    pub whose: Whose,
    /// Since when answers are counted.
    pub lately: Timestamp,
    /// Now.
    pub now: Timestamp,
}

impl UnitOfWork for LoadTalk {
    const NAME: &'static str = "conversation.load";
    type Outcome = Talk;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        let sql = "-- find_conversation
            select question, open_until, revision from conversations
             where workspace = $1 and party = $2";
        let (asked, revision) =
            match tx.find(sql, params![self.workspace.0, self.party.key()]).await? {
                Some(mut row) => {
                    let question: Option<String> = row.take()?;
                    let until: Option<Timestamp> = row.take()?;
                    let asked = question.zip(until).map(|(text, until)| {
                        let question = stored::question_from_text(&text)
                            .ok_or(StoreError::Unreadable("a question"))?;
                        Ok::<_, StoreError>(Asked { question, until })
                    });
                    (asked.transpose()?, row.take()?)
                }
                None => (None, 0),
            };
        let bookings = match &self.whose {
            Whose::Phone(phone) => self.bookings_of(tx, phone).await?,
            Whose::Booking(id, position) => {
                let found = find_booking(tx, self.workspace, *id).await?;
                let coming = |booking: &Booking| {
                    booking.state.is_active() && booking.slot.start() > self.now
                };
                found.filter(coming).map(|booking| (booking, *position)).into_iter().collect()
            }
            Whose::Nobody => Vec::new(),
        };
        let answered_lately = match &self.party {
            Party::Text(phone) => self.answered_lately(tx, phone).await?,
            Party::Call(_) => 0,
        };
        Ok(Talk { asked, revision, bookings, answered_lately })
    }
}

impl LoadTalk {
    async fn bookings_of(
        &self,
        tx: &mut impl Tx,
        phone: &str,
    ) -> Result<Vec<(Booking, u32)>, StoreError> {
        let sql = "-- list_coming_bookings_of_phone
            select bookings.id, min(attendees.position) from attendees
              join bookings on bookings.workspace = attendees.workspace
                           and bookings.id = attendees.booking
             where attendees.workspace = $1 and attendees.phone = $2
               and bookings.status in ('pending', 'confirmed') and bookings.starts_at > $3
             group by bookings.id, bookings.starts_at
             order by bookings.starts_at, bookings.id
             limit $4";
        let rows = tx.query(sql, params![self.workspace.0, phone, self.now, MOST_BOOKINGS]).await?;
        let mut bookings = Vec::with_capacity(rows.len());
        for mut row in rows {
            let (id, position) = (BookingId::new(row.take()?), row.take()?);
            if let Some(booking) = find_booking(tx, self.workspace, id).await? {
                bookings.push((booking, position));
            }
        }
        Ok(bookings)
    }

    async fn answered_lately(&self, tx: &mut impl Tx, phone: &str) -> Result<i64, StoreError> {
        let sql = "-- count_answers_lately
            select count(*) from inbound_texts
             where workspace = $1 and phone = $2 and received_at > $3 and reply is not null";
        match tx.find(sql, params![self.workspace.0, phone, self.lately]).await? {
            Some(mut row) => row.take(),
            None => Ok(0),
        }
    }
}

/// What becomes of the open question.
#[derive(Debug, Clone)]
pub enum Next {
    /// It stays.
    Keep,
    /// Nothing is asked any more.
    Forget,
    /// This is asked.
    Ask(Asked),
}

/// Somebody said that they will come.
#[derive(Debug, Clone)]
pub struct Attendance {
    /// To which booking.
    pub booking: BookingId,
    /// Who: the position among its attendees.
    pub position: u32,
    /// When it starts, as they know it.
    pub starts_at: Timestamp,
    /// How they said it.
    pub channel: Channel,
}

/// What one turn of a conversation changes, apart from the answer itself.
#[derive(Debug, Clone)]
pub struct Turn {
    /// With whom.
    pub party: Party,
    /// What it was decided on: somebody else's turn in between makes it void.
    pub revision: i64,
    /// What becomes of the open question.
    pub next: Next,
    /// What was learned of a number.
    pub fact: Option<NewFact>,
    /// Who said that they will come.
    pub attendance: Option<Attendance>,
    /// Holds that are not needed any more.
    pub released: Vec<Uuid>,
    /// What the timelines say.
    pub entries: Vec<(BookingId, TimelineEntry)>,
}

impl Turn {
    /// Makes it so. `false` when somebody else's turn came in between: then nothing is changed.
    pub(crate) async fn settle(
        &self,
        tx: &mut impl Tx,
        workspace: WorkspaceId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if !self.advance(tx, workspace, now).await? {
            return Ok(false);
        }
        for hold in &self.released {
            hold::remove(tx, workspace, *hold, now).await?;
        }
        if let Some(fact) = &self.fact {
            number::learn(tx, workspace, fact, now).await?;
        }
        if let Some(attendance) = &self.attendance {
            attend(tx, workspace, attendance, now).await?;
        }
        for (booking, entry) in &self.entries {
            timeline::append(tx, workspace, *booking, entry).await?;
        }
        Ok(true)
    }

    async fn advance(
        &self,
        tx: &mut impl Tx,
        workspace: WorkspaceId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let party = self.party.key();
        let (keep, question, until) = match &self.next {
            Next::Keep => (true, None, None),
            Next::Forget => (false, None, None),
            Next::Ask(asked) => {
                (false, Some(stored::question_to_text(&asked.question)), Some(asked.until))
            }
        };
        let begin = "-- begin_conversation
            insert into conversations (workspace, party, revision, updated_at)
            values ($1, $2, 0, $3)
            on conflict do nothing";
        tx.execute(begin, params![workspace.0, party.as_str(), now]).await?;
        let sql = "-- advance_conversation
            update conversations set
                question = case when cast($4 as bigint) = 1 then question else cast($5 as text) end,
                open_until = case when cast($4 as bigint) = 1 then open_until else cast($6 as bigint) end,
                revision = revision + 1, updated_at = $7
             where workspace = $1 and party = $2 and revision = $3";
        let params = params![
            workspace.0,
            party.as_str(),
            self.revision,
            i64::from(keep),
            question,
            until,
            now
        ];
        Ok(tx.execute(sql, params).await? == 1)
    }
}

async fn attend(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    attendance: &Attendance,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "-- note_attendance
        insert into attendances (workspace, booking, position, starts_at, channel, said_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (workspace, booking, position) do update set
            starts_at = excluded.starts_at, channel = excluded.channel, said_at = excluded.said_at
         where attendances.starts_at <> excluded.starts_at";
    let Attendance { booking, position, starts_at, channel } = attendance;
    let params = params![workspace.0, booking.uuid(), *position, *starts_at, channel.as_str(), now];
    tx.execute(sql, params).await?;
    Ok(())
}

/// Who said that they will come, to the time at which the booking is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attending {
    /// The position among the attendees.
    pub position: u32,
    /// How they said it.
    pub channel: String,
    /// When.
    pub said_at: Timestamp,
}

/// Who of a booking's attendees said that they will come. What they said of another time does not
/// count: it moved since.
pub(crate) async fn list_attending(
    tx: &mut impl Tx,
    workspace: WorkspaceId,
    booking: BookingId,
) -> Result<Vec<Attending>, StoreError> {
    let sql = "-- list_attending
        select attendances.position, attendances.channel, attendances.said_at from attendances
          join bookings on bookings.workspace = attendances.workspace
                       and bookings.id = attendances.booking
                       and bookings.starts_at = attendances.starts_at
         where attendances.workspace = $1 and attendances.booking = $2
         order by attendances.position";
    let rows = tx.query(sql, params![workspace.0, booking.uuid()]).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Attending { position: row.take()?, channel: row.take()?, said_at: row.take()? })
        })
        .collect()
}
