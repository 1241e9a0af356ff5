//! Incidents: of each kind and subject one is open, and whoever has to hear of it is told by a job.

use domain::incident::{IncidentKind, Moment};
use domain::{IncidentId, incident};
use jiff::Timestamp;
use store::given_up::{ListGivenUp, RetryJob};
use store::incident::{
    AlertChannel, AlertState, CloseIncident, Incident, ListIncidents, LoadAlerts, NewIncident,
    NoteAlert, OpenIncident,
};
use store::job::{Job, Postponement, Release, Task};

use crate::database::{Database, WORKSPACE};
use crate::given::{minutes, now};

on_each_database! {
    of_each_kind_and_subject_one_incident_is_open,
    what_is_over_may_begin_again,
    opening_and_closing_leave_one_job_that_tells_of_it,
    a_try_to_tell_a_channel_is_counted_when_it_begins,
    a_job_that_is_given_up_is_an_incident_until_it_is_done,
    a_job_that_was_asked_for_again_while_it_was_given_up_is_no_incident,
}

async fn opens(db: &Database, kind: IncidentKind, subject: &str) -> bool {
    let incident = NewIncident {
        id: IncidentId::new(db.id()),
        kind,
        subject: subject.to_owned(),
        summary: "something happened".to_owned(),
    };
    db.write(OpenIncident { workspace: WORKSPACE, incident, now: now() }).await
}

async fn closes(db: &Database, kind: IncidentKind, subject: &str, at: Timestamp) -> bool {
    let (subject, resolution) = (subject.to_owned(), "it is mended".to_owned());
    db.write(CloseIncident { workspace: WORKSPACE, kind, subject, resolution, now: at }).await
}

async fn listed(db: &Database) -> Vec<Incident> {
    let unit = ListIncidents { workspace: WORKSPACE, before: None, limit: 10 };
    db.store.read(unit).await.unwrap()
}

/// The incidents that a job is due for, with the job.
async fn to_be_told(db: &Database, at: Timestamp) -> Vec<(IncidentId, Job)> {
    let jobs = db.claim_jobs(at).await.into_iter();
    jobs.filter_map(|job| {
        let Task::Alert(incident) = job.task else { return None };
        Some((incident, job))
    })
    .collect()
}

async fn of_each_kind_and_subject_one_incident_is_open(db: Database) {
    let kind = IncidentKind::ConnectionRevoked;

    assert!(opens(&db, kind, "con_1").await);
    assert!(!opens(&db, kind, "con_1").await, "it is no news");
    assert!(opens(&db, kind, "con_2").await);
    assert!(opens(&db, IncidentKind::Quota, "con_1").await);

    let subjects: Vec<String> =
        listed(&db).await.iter().map(|it| incident::dedup_key(it.kind, &it.subject)).collect();
    assert_eq!(subjects, ["quota/con_1", "connection_revoked/con_2", "connection_revoked/con_1"]);
}

async fn what_is_over_may_begin_again(db: Database) {
    let kind = IncidentKind::MassDeletion;
    opens(&db, kind, "jane-work").await;

    assert!(closes(&db, kind, "jane-work", now() + minutes(5)).await);
    assert!(!closes(&db, kind, "jane-work", now() + minutes(6)).await);
    assert!(opens(&db, kind, "jane-work").await);

    let ends: Vec<_> =
        listed(&db).await.into_iter().map(|it| (it.closed_at, it.resolution)).collect();
    let over = (Some(now() + minutes(5)), Some("it is mended".to_owned()));
    assert_eq!(ends, [(None, None), over]);
}

async fn opening_and_closing_leave_one_job_that_tells_of_it(db: Database) {
    let kind = IncidentKind::ClientCredentials;
    opens(&db, kind, "google").await;
    opens(&db, kind, "google").await;
    let incident = listed(&db).await.remove(0).id;
    let [(told, job)] = <[_; 1]>::try_from(to_be_told(&db, now()).await).unwrap();
    assert_eq!(told, incident);

    // It ends while a worker tells of its beginning: there is more to tell then.
    closes(&db, kind, "google", now()).await;
    db.write(Release { job, postponement: None, error: None }).await;

    assert_eq!(to_be_told(&db, now()).await.len(), 1);
}

async fn a_try_to_tell_a_channel_is_counted_when_it_begins(db: Database) {
    opens(&db, IncidentKind::Quota, "con_1").await;
    let [(incident, job)] = <[_; 1]>::try_from(to_be_told(&db, now()).await).unwrap();
    let note = |state: AlertState| NoteAlert {
        job: job.clone(),
        incident,
        channel: AlertChannel::Slack,
        moment: Moment::Opened,
        state,
        error: None,
        now: now(),
    };
    for state in [AlertState::Sending, AlertState::NotSent, AlertState::Sending, AlertState::Sent] {
        db.write(note(state)).await;
    }

    let load = LoadAlerts { workspace: WORKSPACE, incident };
    let (_, alerts) = db.store.read(load).await.unwrap().unwrap();

    assert_eq!(alerts.len(), 1);
    assert_eq!((alerts[0].state, alerts[0].tries), (AlertState::Sent, 2));
    assert!(alerts[0].state.is_settled());
}

async fn gives_up(db: &Database, job: Job) {
    let incident = IncidentId::new(db.id());
    let postponement = Some(Postponement::GivenUp { at: now(), incident });
    let error = Some("the calendar is gone".to_owned());
    db.write(Release { job, postponement, error }).await;
}

async fn a_job_that_is_given_up_is_an_incident_until_it_is_done(db: Database) {
    let (booking, job) = db.pending("10:00").await;
    gives_up(&db, job).await;
    let subject = format!("calendar/{}", booking.id);

    let open = listed(&db).await.remove(0);
    assert_eq!((open.kind, open.subject.as_str()), (IncidentKind::JobGivenUp, subject.as_str()));
    assert!(open.summary.contains("the calendar is gone"), "{}", open.summary);

    let list = ListGivenUp { workspace: WORKSPACE, booking: None, limit: 10 };
    let id = db.store.read(list).await.unwrap().remove(0).id;
    let later = now() + minutes(30);
    assert!(db.write(RetryJob { workspace: WORKSPACE, id, now: later }).await);
    assert_eq!(listed(&db).await[0].closed_at, None, "nobody knows yet whether it will be done");

    let mut jobs = db.claim_jobs(later).await;
    jobs.retain(|job| job.id == id);
    db.write(Release { job: jobs.remove(0), postponement: None, error: None }).await;
    assert_eq!(listed(&db).await[0].closed_at, Some(later));
}

async fn a_job_that_was_asked_for_again_while_it_was_given_up_is_no_incident(db: Database) {
    let (booking, job) = db.pending("10:00").await;
    db.wish(&booking, "12:00").accepted().await;

    gives_up(&db, job).await;

    assert_eq!(listed(&db).await, []);
}
