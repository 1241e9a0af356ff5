//! Telling people: attempts, what came of them, and what the recipient counts as told.

use domain::notification::Told;
use domain::service::Channel;
use domain::{Booking, MessageId};
use store::StoreError;
use store::job::{Job, Postponement};
use store::message::{
    BeginMessage, EndMessage, Fate, ListMessages, LoadNotification, Message, MessageReported,
    NotificationFacts,
};

use crate::database::{Database, WORKSPACE};
use crate::given::{attendee, now, offer, seconds, with_phone};

on_each_database! {
    whoever_was_sent_a_message_counts_as_told,
    an_attempt_whose_answer_was_lost_stays_open,
    a_message_that_was_not_sent_tells_nobody_anything,
    an_open_attempt_can_be_replaced,
    whoever_lost_the_lease_sends_nothing,
    a_status_callback_settles_a_lost_answer,
    a_state_only_moves_forward,
    a_late_callback_does_not_undo_what_was_told_since,
    each_attendee_and_channel_is_told_for_itself,
    what_an_attendee_was_told_is_read_back,
}

/// A confirmed booking, and the job that tells Bo by mail.
async fn given(db: &Database) -> (Booking, Job) {
    let booking = db.confirmed("10:00").await;
    (booking, db.claim_job("notify", now()).await)
}

fn message(db: &Database, booking: &Booking, told: Told) -> Message {
    Message {
        id: MessageId::new(db.id()),
        booking: booking.id,
        position: 0,
        channel: Channel::Email,
        news: "confirmed".to_owned(),
        recipient: "bo.attendee@example.com".to_owned(),
        body: "Your appointment stands.".to_owned(),
        told,
        provider_id: None,
        created_at: now(),
    }
}

async fn facts(db: &Database, booking: &Booking) -> NotificationFacts {
    let (workspace, channel) = (WORKSPACE, Channel::Email);
    let load = LoadNotification { workspace, booking: booking.id, position: 0, channel };
    db.store.read(load).await.unwrap().unwrap()
}

async fn begin(db: &Database, job: &Job, message: &Message) {
    let (job, message) = (job.clone(), message.clone());
    db.write(BeginMessage { job, message, supersedes: None }).await;
}

async fn end(
    db: &Database,
    job: &Job,
    message: &Message,
    fate: Fate,
    postponement: Option<Postponement>,
) {
    let entries = vec![db.entry("message.attempted", now())];
    let (job, message) = (job.clone(), message.clone());
    db.write(EndMessage { job, message, fate, entries, postponement, now: now() }).await;
}

/// Tells Bo something, from the asking to the provider's answer.
pub(super) async fn tell(db: &Database, booking: &Booking, told: Told) -> Message {
    let (job, message) = begins_to_tell(db, booking, told).await;
    has_told(db, &job, &message).await;
    message
}

/// A message that left a moment ago, and whose answer is not here yet.
pub(super) async fn begins_to_tell(db: &Database, booking: &Booking, told: Told) -> (Job, Message) {
    let job = db.claim_job("notify", now()).await;
    let created_at = now() - seconds(1);
    let message = Message { created_at, ..message(db, booking, told) };
    begin(db, &job, &message).await;
    (job, message)
}

pub(super) async fn has_told(db: &Database, job: &Job, message: &Message) {
    end(db, job, message, sent("provider-1"), None).await;
}

fn sent(provider_id: &str) -> Fate {
    Fate::Sent { provider_id: Some(provider_id.to_owned()) }
}

async fn report(db: &Database, message: &Message, state: &'static str) -> bool {
    let report = MessageReported {
        workspace: WORKSPACE,
        id: message.id,
        provider_id: "provider-1".to_owned(),
        state,
        entry: db.entry("message.reported", now()),
        now: now(),
    };
    db.write(report).await
}

async fn states(db: &Database, booking: &Booking) -> Vec<String> {
    let list = ListMessages { workspace: WORKSPACE, booking: booking.id };
    db.store.read(list).await.unwrap().into_iter().map(|message| message.state).collect()
}

async fn whoever_was_sent_a_message_counts_as_told(db: Database) {
    let (booking, job) = given(&db).await;
    let message = message(&db, &booking, Told::stands(&booking));

    begin(&db, &job, &message).await;
    let begun = facts(&db, &booking).await;
    assert_eq!((begun.told, begun.open), (None, Some(message.clone())), "a crash now looks it up");
    end(&db, &job, &message, sent("provider-1"), None).await;

    let after = facts(&db, &booking).await;
    assert_eq!((after.told, after.open), (Some(Told::stands(&booking)), None));
    assert_eq!(states(&db, &booking).await, ["sent"]);
    assert!(db.jobs().await.iter().all(|job| job.kind != "notify"), "the job is finished");
    assert_eq!(db.timeline(booking.id).await.last().unwrap(), "message.attempted");
}

async fn an_attempt_whose_answer_was_lost_stays_open(db: Database) {
    let (booking, job) = given(&db).await;
    let message = message(&db, &booking, Told::stands(&booking));
    begin(&db, &job, &message).await;

    let later = now() + seconds(30);
    end(&db, &job, &message, Fate::Unknown, Some(Postponement::Until(later))).await;

    let after = facts(&db, &booking).await;
    assert_eq!((after.told, after.open), (None, Some(message)));
    assert_eq!(db.due_at("notify").await, Some(later));
}

async fn a_message_that_was_not_sent_tells_nobody_anything(db: Database) {
    let (booking, job) = given(&db).await;
    let first = message(&db, &booking, Told::stands(&booking));
    begin(&db, &job, &first).await;
    let (error, later) = ("451 try again".to_owned(), now() + seconds(2));
    end(&db, &job, &first, Fate::NotSent { error }, Some(Postponement::Until(later))).await;
    assert_eq!(db.jobs().await[0].last_error, None, "the timer's");

    let job = db.claim_job("notify", later).await;
    assert_eq!(job.attempt, 2);
    let second = message(&db, &booking, Told::stands(&booking));
    begin(&db, &job, &second).await;
    let error = "550 no such mailbox".to_owned();
    end(&db, &job, &second, Fate::Failed { error }, None).await;

    let after = facts(&db, &booking).await;
    assert_eq!((after.told, after.open), (None, None));
    assert_eq!(states(&db, &booking).await, ["failed", "failed"]);
}

async fn an_open_attempt_can_be_replaced(db: Database) {
    let (booking, job) = given(&db).await;
    let lost = message(&db, &booking, Told::stands(&booking));
    begin(&db, &job, &lost).await;

    let second = message(&db, &booking, Told::stands(&booking));
    let supersedes = Some(lost.id);
    db.write(BeginMessage { job: job.clone(), message: second.clone(), supersedes }).await;

    assert_eq!(facts(&db, &booking).await.open, Some(second));
    assert_eq!(states(&db, &booking).await, ["superseded", "sending"]);
    assert!(report(&db, &lost, "delivered").await, "it went out after all");
    assert_eq!(facts(&db, &booking).await.told, Some(Told::stands(&booking)));
}

async fn whoever_lost_the_lease_sends_nothing(db: Database) {
    let (booking, slow) = given(&db).await;
    let message = message(&db, &booking, Told::stands(&booking));
    let current = db.claim_job("notify", slow.lease.until).await;

    let begin_late = BeginMessage { job: slow.clone(), message: message.clone(), supersedes: None };
    let lost = db.store.write(begin_late).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");

    begin(&db, &current, &message).await;
    let end_late = EndMessage {
        job: slow,
        message: message.clone(),
        fate: sent("provider-1"),
        entries: vec![],
        postponement: None,
        now: now(),
    };
    let lost = db.store.write(end_late).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    assert_eq!(facts(&db, &booking).await.open, Some(message), "the other worker's");
}

async fn a_status_callback_settles_a_lost_answer(db: Database) {
    let (booking, job) = given(&db).await;
    let message = message(&db, &booking, Told::stands(&booking));
    begin(&db, &job, &message).await;

    assert!(report(&db, &message, "sent").await);

    let after = facts(&db, &booking).await;
    assert_eq!((after.told, after.open), (Some(Told::stands(&booking)), None));
    assert_eq!(db.timeline(booking.id).await.last().unwrap(), "message.reported");
}

async fn a_state_only_moves_forward(db: Database) {
    let booking = db.confirmed("10:00").await;
    let message = tell(&db, &booking, Told::stands(&booking)).await;

    for (state, news, expected) in [
        ("sent", false, "sent"),
        ("delivered", true, "delivered"),
        ("delivered", false, "delivered"),
        ("sent", false, "delivered"),
        // A mail may bounce after it was taken; that is the last that is heard of it.
        ("undelivered", true, "undelivered"),
        ("delivered", false, "undelivered"),
    ] {
        assert_eq!(report(&db, &message, state).await, news, "{state}");
        assert_eq!(states(&db, &booking).await, [expected]);
    }
    let unknown = Message { id: MessageId::new(db.id()), ..message };
    assert!(!report(&db, &unknown, "delivered").await);
}

async fn a_late_callback_does_not_undo_what_was_told_since(db: Database) {
    let booking = db.confirmed("10:00").await;
    let first = tell(&db, &booking, Told::stands(&booking)).await;
    let local = |unit: &mut store::booking::AskToMove| unit.hosts = vec![offer("ada", false)];
    let (moved, _) = db.wish(&booking, "12:00").with(local).accepted().await;
    tell(&db, &booking, Told::stands(&moved)).await;

    assert!(report(&db, &first, "delivered").await, "it is news about the first message");

    assert_eq!(facts(&db, &booking).await.told, Some(Told::stands(&moved)));
}

async fn each_attendee_and_channel_is_told_for_itself(db: Database) {
    let request = db.request("10:00").with(|unit| {
        unit.hosts = vec![offer("ada", false)];
        unit.request.lead = with_phone(attendee("Bo Attendee"));
        unit.request.guests = vec![attendee("Cy Guest")];
        unit.service.messages = vec![Channel::Sms, Channel::Email];
    });
    request.accepted().await;

    let due = db.claim_jobs(now()).await;

    let mut told: Vec<_> = due
        .into_iter()
        .filter_map(|job| {
            let store::job::Task::Notify { position, channel, .. } = job.task else { return None };
            Some((position, channel))
        })
        .collect();
    told.sort_unstable();
    assert_eq!(told, [(0, Channel::Sms), (0, Channel::Email), (1, Channel::Email)]);
}

async fn what_an_attendee_was_told_is_read_back(db: Database) {
    let booking = db.confirmed("10:00").await;
    let asked = Told::Asked(booking.slot);
    for told in [Told::Received, Told::stands(&booking), asked, Told::Over] {
        tell(&db, &booking, told.clone()).await;

        assert_eq!(facts(&db, &booking).await.told, Some(told));
        ask_again(&db, &booking).await;
    }
}

/// The job once more, as a further change would ask for it.
async fn ask_again(db: &Database, booking: &Booking) {
    db.write(AskAgain(booking.clone(), domain::id::JobId::new(db.id()))).await;
}

struct AskAgain(Booking, domain::id::JobId);

impl store::UnitOfWork for AskAgain {
    const NAME: &'static str = "test.ask_again";
    type Outcome = ();

    async fn run(&self, tx: &mut impl store::Tx) -> Result<Self::Outcome, StoreError> {
        let (channels, now) = ([Channel::Email], now());
        store::message::enqueue_notifications(tx, WORKSPACE, &self.0, &channels, self.1, now, now)
            .await
    }
}
