//! A unit of work is stored whole or not at all, and takes nobody down with it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::Poll;

use store::{StoreError, Tx, UnitOfWork, params};

use crate::database::{Database, WORKSPACE};

on_each_database! {
    a_unit_that_fails_is_rolled_back_alone,
    a_unit_that_awaits_anything_else_is_refused,
    a_unit_runs_although_its_caller_went_away,
    whoever_reads_sees_what_was_answered_before,
    a_read_cannot_write,
}

/// Writes two rows; what it does in between is the test's.
struct Note {
    name: &'static str,
    between: Between,
}

#[derive(Clone, Copy)]
enum Between {
    Nothing,
    Fail,
    BreakAConstraint,
    Panic,
    Await,
}

impl UnitOfWork for Note {
    const NAME: &'static str = "test.note";
    type Outcome = &'static str;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        note(tx, &format!("{} begun", self.name)).await?;
        match self.between {
            Between::Nothing => {}
            Between::Fail => return Err(StoreError::LeaseLost),
            Between::BreakAConstraint => note(tx, &format!("{} begun", self.name)).await?,
            Between::Panic => panic!("a unit of a test panics"),
            Between::Await => tokio::task::yield_now().await,
        }
        note(tx, &format!("{} done", self.name)).await?;
        Ok(self.name)
    }
}

async fn note(tx: &mut impl Tx, name: &str) -> Result<(), StoreError> {
    let sql = "insert into secrets (workspace, name, ciphertext) values ($1, $2, $3)";
    tx.execute(sql, params![WORKSPACE.0, name, vec![0_u8]]).await?;
    Ok(())
}

/// Keeps the writer busy until the test says go, so that what follows shares one commit.
struct Gate(Mutex<Receiver<()>>);

impl Gate {
    fn closed() -> (Sender<()>, Self) {
        let (open, wait) = channel();
        (open, Self(Mutex::new(wait)))
    }
}

impl UnitOfWork for Gate {
    const NAME: &'static str = "test.gate";
    type Outcome = ();

    async fn run(&self, _tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        self.0.lock().unwrap().recv().map_err(|_closed| StoreError::Broken("the test is over"))
    }
}

async fn notes(db: &Database) -> Vec<String> {
    let rows = db.select("select name from secrets order by name", vec![]).await;
    rows.into_iter().map(|mut row| row.take().unwrap()).collect()
}

async fn a_unit_that_fails_is_rolled_back_alone(db: Database) {
    let (open, gate) = Gate::closed();
    let note = |name, between| db.store.write(Note { name, between });

    let (_, first, failed, constraint, panicked, last, ()) = tokio::join!(
        db.store.write(gate),
        note("first", Between::Nothing),
        note("failed", Between::Fail),
        note("constraint", Between::BreakAConstraint),
        note("panicked", Between::Panic),
        note("last", Between::Nothing),
        async { open.send(()).unwrap() },
    );

    assert_eq!((first.unwrap(), last.unwrap()), ("first", "last"));
    assert!(matches!(failed, Err(StoreError::LeaseLost)), "{failed:?}");
    assert!(matches!(constraint, Err(StoreError::Unavailable(_))), "{constraint:?}");
    assert!(matches!(panicked, Err(StoreError::Broken(_))), "{panicked:?}");
    assert_eq!(notes(&db).await, ["first begun", "first done", "last begun", "last done"]);
}

async fn a_unit_that_awaits_anything_else_is_refused(db: Database) {
    let refused = db.store.write(Note { name: "waiting", between: Between::Await }).await;

    assert!(matches!(refused, Err(StoreError::Broken(_))), "{refused:?}");
    assert!(notes(&db).await.is_empty());
    db.write(Note { name: "next", between: Between::Nothing }).await;
}

async fn a_unit_runs_although_its_caller_went_away(db: Database) {
    let (open, gate) = Gate::closed();
    let gate = tokio::spawn({
        let store = db.store.clone();
        async move { store.write(gate).await }
    });
    {
        let mut abandoned = pin!(db.store.write(Note { name: "kept", between: Between::Nothing }));
        poll_fn(|context| {
            assert!(abandoned.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }

    open.send(()).unwrap();
    gate.await.unwrap().unwrap();
    db.write(Note { name: "after", between: Between::Nothing }).await;

    // Where there are several writers, nobody says in which order they commit.
    while notes(&db).await.len() < 4 {
        tokio::task::yield_now().await;
    }
    assert_eq!(notes(&db).await, ["after begun", "after done", "kept begun", "kept done"]);
}

async fn whoever_reads_sees_what_was_answered_before(db: Database) {
    for name in ["a", "b", "c", "d", "e", "f"] {
        db.write(Note { name, between: Between::Nothing }).await;

        assert_eq!(notes(&db).await.last(), Some(&format!("{name} done")));
    }
}

async fn a_read_cannot_write(db: Database) {
    let refused = db.store.read(Note { name: "reader", between: Between::Nothing }).await;

    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    assert!(notes(&db).await.is_empty());
}
