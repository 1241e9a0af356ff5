//! Texts from phones: kept once, decided once, answered once; and the conversations around them.

use domain::conversation::{Act, Asked, Question};
use domain::service::Channel;
use domain::{Booking, BookingId, MessageId, OccurrenceId};
use jiff::Timestamp;
use store::call::{AnswerCall, EnterCall, StoredCall};
use store::conversation::{Attendance, LoadTalk, Next, Party, Talk, Turn, Whose};
use store::hold::{PlaceHold, PlaceHolds, Visitor};
use store::inbound_text::{
    AnswerText, AnsweredText, BeginReply, DecideText, EndReply, FindText, InboundText, KeepText,
    KeptText, ReplyLeft, StoredText, TakeReply, TextState, Unsent,
};
use store::job::{Job, NewJob, Task};
use store::message::{BeginMessage, EndMessage, Fate, LoadNotification, Message, MessageReported};
use store::number::{Fact, FindNumber, LearnOfNumber, NewFact};
use store::undelivered::DeliveryReported;

use crate::database::{Database, WORKSPACE};
use crate::given::{at, attendee, minutes, now, offer, seconds, service, with_phone};

on_each_database! {
    a_text_is_kept_once,
    an_answer_is_taken_by_whoever_waits_or_sent_by_itself,
    an_answer_whose_fate_is_not_known_stays_to_be_looked_up,
    a_turn_that_was_overtaken_changes_nothing,
    a_decision_ends_its_question_and_is_read_back,
    the_coming_bookings_of_a_number_are_spoken_of,
    who_comes_is_noted_for_the_time_they_know,
    times_that_are_offered_do_not_overlap,
    a_request_of_a_call_is_answered_once,
    what_was_learned_of_a_number_last_is_true,
    whoever_was_not_reached_counts_as_told_what_they_knew_before,
}

const PHONE: &str = "+12135550142";

/// A booking of somebody who gave a number and is told by text; it stands.
async fn by_phone(db: &Database, start: &str) -> Booking {
    let request = db.request(start).with(|unit| {
        unit.request.lead = with_phone(attendee("Bo Attendee"));
        unit.hosts = vec![offer("ada", false)];
        unit.service.messages = vec![Channel::Sms];
    });
    request.accepted().await.0
}

async fn keep(db: &Database, sid: &str, awaited_until: Option<Timestamp>) -> KeptText {
    let text = InboundText { sid: sid.to_owned(), phone: PHONE.to_owned(), body: "C".to_owned() };
    let task = Task::Answer(sid.to_owned());
    let job = NewJob {
        id: domain::id::JobId::new(db.id()),
        task,
        due_at: now(),
        lease: Some(db.lease(now())),
    };
    db.write(KeepText { workspace: WORKSPACE, text, awaited_until, job, now: now() }).await
}

async fn kept(db: &Database, sid: &str, awaited_until: Option<Timestamp>) -> Job {
    let kept = keep(db, sid, awaited_until).await;
    let said = format!("{kept:?}");
    let KeptText::New(Some(job)) = kept else { panic!("it is new: {said}") };
    job
}

async fn find(db: &Database, sid: &str) -> StoredText {
    let unit = FindText { workspace: WORKSPACE, sid: sid.to_owned() };
    db.store.read(unit).await.unwrap().unwrap()
}

fn party() -> Party {
    Party::Text(PHONE.to_owned())
}

fn turn(revision: i64, next: Next) -> Turn {
    Turn {
        party: party(),
        revision,
        next,
        fact: None,
        attendance: None,
        released: vec![],
        entries: vec![],
    }
}

async fn answer(
    db: &Database,
    job: &Job,
    sid: &str,
    turn: Turn,
    reply: Option<&str>,
) -> AnsweredText {
    let (job, sid, reply) = (job.clone(), sid.to_owned(), reply.map(str::to_owned));
    db.write(AnswerText { job, sid, turn, reply, now: now() }).await
}

async fn talk(db: &Database, whose: Whose) -> Talk {
    let unit = LoadTalk { workspace: WORKSPACE, party: party(), whose, lately: now(), now: now() };
    db.store.read(unit).await.unwrap()
}

async fn take(db: &Database, sid: &str) -> Option<String> {
    db.write(TakeReply { workspace: WORKSPACE, sid: sid.to_owned(), now: now() }).await
}

async fn a_text_is_kept_once(db: Database) {
    kept(&db, "SM1", None).await;

    let again = keep(&db, "SM1", None).await;

    assert!(matches!(again, KeptText::Known(text) if text.state == TextState::Received));
    assert_eq!(db.jobs().await.len(), 1);
}

async fn an_answer_is_taken_by_whoever_waits_or_sent_by_itself(db: Database) {
    let waits = Some(now() + seconds(1));
    let (first, second) = (kept(&db, "SM1", waits).await, kept(&db, "SM2", waits).await);

    let early = take(&db, "SM2").await;
    let answered = answer(&db, &first, "SM1", turn(0, Next::Keep), Some("Thanks")).await;
    let taken = (take(&db, "SM1").await, take(&db, "SM1").await);
    let late = answer(&db, &second, "SM2", turn(1, Next::Keep), Some("Thanks")).await;

    assert_eq!((early, answered), (None, AnsweredText::Left));
    assert_eq!(taken, (Some("Thanks".to_owned()), None), "once");
    assert_eq!(find(&db, "SM1").await.state, TextState::Done);
    assert_eq!(late, AnsweredText::ToBeSent, "nobody waits for it any more");
    assert_eq!(db.jobs().await.len(), 1, "that of the second");
}

async fn an_answer_whose_fate_is_not_known_stays_to_be_looked_up(db: Database) {
    let job = kept(&db, "SM1", None).await;
    answer(&db, &job, "SM1", turn(0, Next::Keep), Some("Thanks")).await;
    let begun = BeginReply { job: job.clone(), sid: "SM1".to_owned(), now: now() };

    assert!(db.write(begun).await);
    let left =
        Some(ReplyLeft { because: Unsent::Unknown, at: now() + seconds(30), error: String::new() });
    let end = EndReply { job, sid: "SM1".to_owned(), reply_sid: None, left, now: now() };
    db.write(end).await;

    assert_eq!(find(&db, "SM1").await.state, TextState::Sending);
    let job = db.claim_job("answer", now() + seconds(30)).await;
    let reply_sid = Some("SM9".to_owned());
    db.write(EndReply { job, sid: "SM1".to_owned(), reply_sid, left: None, now: now() }).await;
    assert_eq!(find(&db, "SM1").await.state, TextState::Done);
    assert!(db.jobs().await.is_empty());
}

fn cancel(booking: BookingId) -> Asked {
    Asked { question: Question::Cancel { booking, revision: 1 }, until: now() + minutes(5) }
}

async fn a_turn_that_was_overtaken_changes_nothing(db: Database) {
    let (first, second) = (kept(&db, "SM1", None).await, kept(&db, "SM2", None).await);
    let question = cancel(BookingId::new(db.id()));
    let ask = || turn(0, Next::Ask(question.clone()));

    let before = answer(&db, &first, "SM1", ask(), Some("Sure?")).await;
    let overtaken = answer(&db, &second, "SM2", turn(0, Next::Forget), Some("No")).await;

    assert_eq!((before, overtaken), (AnsweredText::ToBeSent, AnsweredText::Overtaken));
    let talk = talk(&db, Whose::Nobody).await;
    assert_eq!((talk.asked, talk.revision), (Some(question), 1));
    assert_eq!(find(&db, "SM2").await.reply, None);
}

async fn a_decision_ends_its_question_and_is_read_back(db: Database) {
    let booking = BookingId::new(db.id());
    let first = kept(&db, "SM1", None).await;
    answer(&db, &first, "SM1", turn(0, Next::Ask(cancel(booking))), Some("Sure?")).await;
    let job = kept(&db, "SM2", None).await;
    let act = Act::Cancel { booking, revision: 1 };
    let decide = |revision| DecideText {
        job: job.clone(),
        sid: "SM2".to_owned(),
        turn: turn(revision, Next::Forget),
        act: act.clone(),
        now: now(),
    };

    let decided = (db.write(decide(1)).await, db.write(decide(1)).await);

    assert_eq!(decided, (true, false), "another one does not obey it again");
    assert_eq!(find(&db, "SM2").await.act, Some(act));
    assert_eq!(talk(&db, Whose::Nobody).await.asked, None);
}

async fn the_coming_bookings_of_a_number_are_spoken_of(db: Database) {
    let phone = || Whose::Phone(PHONE.to_owned());
    let (later, sooner) = (by_phone(&db, "12:00").await.id, by_phone(&db, "10:00").await.id);
    db.confirmed("14:00").await;

    let spoken: Vec<_> =
        talk(&db, phone()).await.bookings.iter().map(|(booking, at)| (booking.id, *at)).collect();

    assert_eq!(spoken, [(sooner, 0), (later, 0)]);
    let of_one = talk(&db, Whose::Booking(later, 0)).await;
    assert_eq!(of_one.bookings.len(), 1);
}

async fn who_comes_is_noted_for_the_time_they_know(db: Database) {
    let booking = db.confirmed("10:00").await;
    let job = kept(&db, "SM1", None).await;
    let attendance = |starts_at| Turn {
        attendance: Some(Attendance {
            booking: booking.id,
            position: 0,
            starts_at,
            channel: Channel::Sms,
        }),
        ..turn(0, Next::Keep)
    };

    answer(&db, &job, "SM1", attendance(booking.slot.start()), Some("Thanks")).await;
    let attending = db.stored(booking.id).await.attending;
    let job = kept(&db, "SM2", None).await;
    let elsewhere = Turn { revision: 1, ..attendance(at("11:00")) };
    answer(&db, &job, "SM2", elsewhere, Some("Thanks")).await;

    assert_eq!((attending.len(), attending[0].position), (1, 0));
    assert_eq!(attending[0].said_at, now());
    assert_eq!(db.stored(booking.id).await.attending, [], "that was of another time");
}

async fn times_that_are_offered_do_not_overlap(db: Database) {
    let hold = |start| PlaceHold {
        workspace: WORKSPACE,
        holder: db.id(),
        service: service(),
        hosts: vec![offer("ada", true)],
        first: None,
        start: at(start),
        duration: minutes(30),
        people: 1,
        visitor: Visitor::default(),
        occurrence_id: OccurrenceId::new(db.id()),
        expires_at: now() + minutes(5),
        now: now(),
    };
    let holds = ["10:00", "10:15", "10:30", "11:00", "12:00"].map(hold).into();

    let kept = db.write(PlaceHolds { holds, most: 3 }).await;

    let starts: Vec<_> = kept.iter().map(|(_, hold)| hold.slot.start()).collect();
    assert_eq!(starts, [at("10:00"), at("10:30"), at("11:00")]);
}

async fn enter(db: &Database) -> StoredCall {
    let (sid, phone) = ("CA1".to_owned(), Some(PHONE.to_owned()));
    db.write(EnterCall { workspace: WORKSPACE, sid, phone, about: None, now: now() }).await
}

async fn a_request_of_a_call_is_answered_once(db: Database) {
    let call = enter(&db).await;
    let answer = |step, revision, said: &str| AnswerCall {
        workspace: WORKSPACE,
        sid: "CA1".to_owned(),
        step,
        turn: Turn { party: Party::Call("CA1".to_owned()), ..turn(revision, Next::Keep) },
        about: None,
        misses: 0,
        said: said.to_owned(),
        now: now(),
    };

    let first = db.write(answer(call.step, 0, "hello")).await;
    let again = db.write(answer(call.step, 1, "something else")).await;

    assert_eq!((first, again), (true, false));
    let after = enter(&db).await;
    assert_eq!((after.step, after.said.as_deref()), (1, Some("hello")));
}

async fn what_was_learned_of_a_number_last_is_true(db: Database) {
    let phone = || domain::Phone::stored(PHONE.to_owned());
    let mut known = Vec::new();
    for fact in [Fact::Stopped, Fact::Stopped, Fact::Allowed, Fact::NotTextable] {
        let (phone_text, because) = (PHONE.to_owned(), "STOP".to_owned());
        let fact = NewFact { id: db.id(), phone: phone_text, fact, because };
        db.write(LearnOfNumber { workspace: WORKSPACE, fact, now: now() }).await;
        let unit = FindNumber { workspace: WORKSPACE, phone: phone() };
        known.push(db.store.read(unit).await.unwrap());
    }

    let stopped = Some(Fact::Stopped);
    assert_eq!(known, [stopped, stopped, None, Some(Fact::NotTextable)]);
}

/// Bo is told by text that the booking stands, and the provider reports what became of it.
async fn whoever_was_not_reached_counts_as_told_what_they_knew_before(db: Database) {
    let booking = by_phone(&db, "10:00").await;
    let id = booking.id;
    let job = db.claim_job("notify", now()).await;
    let told = domain::notification::Told::stands(&booking);
    let message = Message {
        id: MessageId::new(db.id()),
        booking: id,
        position: 0,
        channel: Channel::Sms,
        news: "confirmed".to_owned(),
        recipient: PHONE.to_owned(),
        body: "It stands.".to_owned(),
        told,
        provider_id: None,
        created_at: now(),
    };
    db.write(BeginMessage { job: job.clone(), message: message.clone(), supersedes: None }).await;
    let fate = Fate::Sent { provider_id: Some("SM1".to_owned()) };
    let end = EndMessage {
        job,
        message: message.clone(),
        fate,
        entries: vec![],
        postponement: None,
        now: now(),
    };
    db.write(end).await;

    let again_at = Some(now() + minutes(30));
    let report = DeliveryReported {
        report: MessageReported {
            workspace: WORKSPACE,
            id: message.id,
            provider_id: "SM1".to_owned(),
            state: "undelivered",
            entry: db.entry("message.reported", now()),
            now: now(),
        },
        fact: None,
        again_at,
        job_id: domain::id::JobId::new(db.id()),
    };
    assert!(db.write(report).await);

    let channel = Channel::Sms;
    let load = LoadNotification { workspace: WORKSPACE, booking: id, position: 0, channel };
    assert_eq!(db.store.read(load).await.unwrap().unwrap().told, None);
    assert_eq!(db.due_at("notify").await, again_at);
}
