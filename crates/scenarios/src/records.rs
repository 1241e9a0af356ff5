//! What is stored, as a test looks at it: through the store, which is the same on both databases.

use jiff::Timestamp;
use store::{Column, Row, StoreError, Tx, UnitOfWork};
use uuid::Uuid;

use crate::Scenario;

/// A question to the database that the app has no use case for.
pub(crate) struct Question {
    pub(crate) sql: &'static str,
}

impl UnitOfWork for Question {
    const NAME: &'static str = "scenario.look";
    type Outcome = Vec<Row>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Self::Outcome, StoreError> {
        tx.query(self.sql, &[]).await
    }
}

/// The rows of a statement with two columns, of which the first is an identifier; it is shown in
/// hexadecimal.
pub(crate) fn rows<T: Column>(scenario: &Scenario, sql: &'static str) -> Vec<(String, T)> {
    let rows = scenario.looks(sql).into_iter();
    rows.map(|mut row| (hex(row.take().expect("an id")), row.take().expect("a column"))).collect()
}

/// A booking's timeline, to find out how it came to what it should not have come to.
pub(crate) fn history(scenario: &Scenario, booking: &str) -> String {
    let sql = "select booking, at, kind, summary, data from timeline order by booking, id";
    let rows = scenario.looks(sql).into_iter();
    let lines = rows.filter_map(|mut row| {
        let of = hex(row.take().expect("an id"));
        let at: Timestamp = row.take().expect("an instant");
        let text = |row: &mut Row| row.take::<String>().expect("a text");
        let [kind, summary, data] = [text(&mut row), text(&mut row), text(&mut row)];
        (of == booking).then(|| format!("{at}  {kind}  {summary}  {data}"))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// An identifier as tests compare it.
pub(crate) fn hex(id: Uuid) -> String {
    id.simple().to_string()
}

/// What every job writes to, one or the other.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// How much is in each booking's timeline.
    timelines: Vec<(String, i64)>,
    /// How each message is.
    messages: Vec<(String, String)>,
}

/// What has been written so far.
pub(crate) fn written(scenario: &Scenario) -> Written {
    let timelines = "select booking, count(*) from timeline group by booking order by booking";
    let messages = "select id, state from messages order by id";
    Written { timelines: rows(scenario, timelines), messages: rows(scenario, messages) }
}
