//! What is stored, as a test looks at it: through the store, which is the same on both databases.

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

/// An identifier as tests compare it.
pub(crate) fn hex(id: Uuid) -> String {
    id.simple().to_string()
}

/// How much is in each booking's timeline, and how each message is: every job writes one or the
/// other.
pub(crate) fn written(scenario: &Scenario) -> (Vec<(String, i64)>, Vec<(String, String)>) {
    let timelines = "select booking, count(*) from timeline group by booking order by booking";
    let messages = "select id, state from messages order by id";
    (rows(scenario, timelines), rows(scenario, messages))
}
