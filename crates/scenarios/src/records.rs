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
    let rows = scenario.any().looks(sql).into_iter();
    rows.map(|mut row| (hex(row.take().expect("an id")), row.take().expect("a column"))).collect()
}

/// An identifier as tests compare it.
pub(crate) fn hex(id: Uuid) -> String {
    id.simple().to_string()
}
