//! The mirror: what was read of a calendar counts when it is whole, and only for what it was read of.

use std::collections::BTreeSet;

use domain::id::JobId;
use domain::{CalendarId, Interval};
use jiff::Timestamp;
use store::StoreError;
use store::job::{EnsureJobs, Job, NewJob, Task};
use store::mirror::{
    BeginPass, Begun, EndPass, HostMirror, KeepPage, Listed, LoadMirror, MirrorEntry, NoteReading,
};

use crate::database::{Database, WORKSPACE};
use crate::given::{between, minutes, now, seconds};

on_each_database! {
    a_listing_of_everything_counts_only_when_it_has_ended,
    changes_count_page_by_page_and_their_token_at_the_end,
    what_was_read_of_another_account_counts_for_nothing,
    a_listing_that_did_not_come_to_its_end_leaves_nothing,
    what_lies_beyond_what_was_read_is_busy,
    a_failed_reading_is_remembered_until_one_succeeds,
    whoever_lost_the_lease_keeps_nothing,
}

fn calendar() -> CalendarId {
    "ada-work".parse().unwrap()
}

fn busy(event_id: &str, start: &str, end: &str) -> MirrorEntry {
    let interval = between(start, end);
    MirrorEntry {
        event_id: event_id.to_owned(),
        busy: vec![interval],
        slot: Some(interval),
        etag: None,
        is_gone: false,
        own: None,
    }
}

fn gone(event_id: &str) -> MirrorEntry {
    MirrorEntry { busy: vec![], slot: None, is_gone: true, ..busy(event_id, "10:00", "11:00") }
}

/// The whole of 2026-12-03.
fn day() -> Interval {
    Interval::new(between("00:00", "01:00").start(), between("22:00", "23:59").end()).unwrap()
}

impl Database {
    async fn sync_job(&self, at: Timestamp) -> Job {
        let (id, task) = (JobId::new(self.id()), Task::Sync(calendar()));
        let jobs = vec![NewJob { id, task, due_at: at, lease: None }];
        self.write(EnsureJobs { workspace: WORKSPACE, jobs, now: at }).await;
        self.claim_job("sync", at).await
    }

    async fn begins(&self, job: &Job, source: &str) -> Begun {
        let (job, host) = (job.clone(), "ada".parse().unwrap());
        let (source, now) = (source.to_owned(), now());
        self.write(BeginPass { job, calendar: calendar(), host, source, now }).await
    }

    fn page(&self, job: &Job, pass: i64, counts: bool, entries: Vec<MirrorEntry>) -> KeepPage {
        KeepPage {
            job: job.clone(),
            leased_until: now() + minutes(2),
            calendar: calendar(),
            host: "ada".parse().unwrap(),
            pass,
            counts,
            entries,
            first_id: JobId::new(self.id()),
            now: now(),
        }
    }

    async fn ends(&self, job: &Job, pass: i64, listed: Option<Interval>, at: Timestamp) {
        let found = BTreeSet::new();
        self.write(EndPass {
            job: job.clone(),
            calendar: calendar(),
            host: "ada".parse().unwrap(),
            pass,
            sync_token: Some(format!("token-{pass}")),
            listed: listed.map(|within| Listed { within, found }),
            gone: BTreeSet::new(),
            look_ids: JobId::new(self.id()),
            most_gone: 10,
            blocks: true,
            note: self.entry("booking.conflict", at),
            began_at: at,
            next_id: JobId::new(self.id()),
            next_due_at: at + minutes(5),
            now: at,
        })
        .await;
    }

    /// A first listing of everything with these entries.
    async fn has_read(&self, entries: Vec<MirrorEntry>) {
        let job = self.sync_job(now()).await;
        let begun = self.begins(&job, "ada@example.com").await;
        self.write(self.page(&job, begun.pass + 1, false, entries)).await;
        self.ends(&job, begun.pass + 1, Some(day()), now()).await;
    }

    async fn mirror(&self, within: Interval) -> HostMirror {
        let calendars = vec![calendar()];
        self.store.read(LoadMirror { workspace: WORKSPACE, calendars, within }).await.unwrap()
    }

    async fn busy_times(&self) -> Vec<Interval> {
        self.mirror(day()).await.busy.into_iter().map(|busy| busy.interval).collect()
    }
}

async fn a_listing_of_everything_counts_only_when_it_has_ended(db: Database) {
    db.has_read(vec![busy("old", "10:00", "11:00")]).await;
    let later = now() + minutes(5);
    let job = db.claim_job("sync", later).await;
    let begun = db.begins(&job, "ada@example.com").await;

    db.write(db.page(&job, begun.pass + 1, false, vec![busy("new", "14:00", "15:00")])).await;
    assert_eq!(db.busy_times().await, [between("10:00", "11:00")]);

    db.ends(&job, begun.pass + 1, Some(day()), later).await;
    assert_eq!(db.busy_times().await, [between("14:00", "15:00")]);
    assert_eq!(db.count("select count(*) from mirror_intervals").await, 1, "the old one is gone");
    assert_eq!(db.mirror(day()).await.readings[0].synced_at, Some(later));
    assert_eq!(db.due_at("sync").await, Some(later + minutes(5)));
}

async fn changes_count_page_by_page_and_their_token_at_the_end(db: Database) {
    db.has_read(vec![busy("one", "10:00", "11:00"), busy("two", "12:00", "13:00")]).await;
    let later = now() + minutes(5);
    let job = db.claim_job("sync", later).await;
    let begun = db.begins(&job, "ada@example.com").await;
    assert_eq!(begun.sync_token.as_deref(), Some("token-1"));

    let moved = vec![busy("one", "15:00", "16:00"), gone("two")];
    db.write(db.page(&job, begun.pass, true, moved)).await;

    assert_eq!(db.busy_times().await, [between("15:00", "16:00")]);
    let again = db.begins(&job, "ada@example.com").await;
    assert_eq!(again.sync_token, begun.sync_token, "the pass has not ended");
    assert_eq!(db.busy_times().await, [between("15:00", "16:00")]);
}

async fn what_was_read_of_another_account_counts_for_nothing(db: Database) {
    db.has_read(vec![busy("old", "10:00", "11:00")]).await;
    let job = db.claim_job("sync", now() + minutes(5)).await;

    let begun = db.begins(&job, "other@example.com").await;

    assert_eq!((begun.pass, begun.sync_token), (0, None));
    assert_eq!(db.busy_times().await, []);
    assert!(db.mirror(day()).await.readings[0].is_untried());
}

async fn a_listing_that_did_not_come_to_its_end_leaves_nothing(db: Database) {
    db.has_read(vec![busy("old", "10:00", "11:00")]).await;
    let job = db.claim_job("sync", now() + minutes(5)).await;
    let begun = db.begins(&job, "ada@example.com").await;
    db.write(db.page(&job, begun.pass + 1, false, vec![busy("half", "14:00", "15:00")])).await;

    let again = db.begins(&job, "ada@example.com").await;

    assert_eq!(again, begun);
    assert_eq!(db.count("select count(*) from mirror_intervals").await, 1);
}

async fn what_lies_beyond_what_was_read_is_busy(db: Database) {
    db.has_read(vec![]).await;
    let beyond = Interval::starting(day().end(), minutes(60)).unwrap();
    let across = Interval::new(day().start(), beyond.end()).unwrap();

    assert_eq!(db.mirror(day()).await.busy, []);
    let busy: Vec<Interval> =
        db.mirror(across).await.busy.into_iter().map(|busy| busy.interval).collect();
    assert_eq!(busy, [beyond]);
}

async fn a_failed_reading_is_remembered_until_one_succeeds(db: Database) {
    db.has_read(vec![]).await;
    let note = |answered, at| NoteReading {
        workspace: WORKSPACE,
        host: "ada".parse().unwrap(),
        calendars: vec![(calendar(), "ada@example.com".to_owned())],
        answered,
        at,
    };

    db.write(note(false, now() + seconds(1))).await;
    let reading = db.mirror(day()).await.readings[0];
    assert!(reading.is_failing);
    assert_eq!(reading.synced_at, Some(now()));

    db.write(note(true, now() + seconds(2))).await;
    let reading = db.mirror(day()).await.readings[0];
    assert!(!reading.is_failing);
    assert_eq!(reading.read_at, Some(now() + seconds(2)));
    assert_eq!(reading.synced_at, Some(now()), "the mirror is no younger for it");
}

async fn whoever_lost_the_lease_keeps_nothing(db: Database) {
    let late = db.sync_job(now()).await;
    let begun = db.begins(&late, "ada@example.com").await;
    let after = now() + seconds(61);
    let job = db.claim_job("sync", after).await;

    let page = db.page(&late, begun.pass + 1, false, vec![busy("late", "10:00", "11:00")]);
    let kept = db.store.write(page).await;

    assert!(matches!(kept, Err(StoreError::LeaseLost)), "{kept:?}");
    assert_eq!(db.count("select count(*) from mirror_intervals").await, 0);
    db.ends(&job, 1, Some(day()), after).await;
}
