//! Where the two databases differ. Everything else is one text for both.
//!
//! | | SQLite | PostgreSQL |
//! | --- | --- | --- |
//! | Parameters | `?1` | `$1`, as the texts have them |
//! | What `-- PostgreSQL adds:` marks | a comment | part of the statement, where it may write |
//! | [`crate::lock::Lock`] | nothing: there is one writer | an advisory lock until the end |
//! | An update of a claim that would overlap | ignores the row | fails |
//! | A type that nothing else says | any | `cast($1 as text)`, which both take |
//! | [`crate::Tx::wake`] | nothing: one process runs all jobs | `notify` after the commit |
//! | The time | the machine's | the server's, see [`crate::Store::time`] |

use std::borrow::Cow;

/// Begins what only one database understands, to the end of its line: row locks. On SQLite there is
/// one writer, who needs none.
const POSTGRES_ADDS: &str = "-- PostgreSQL adds: ";

/// Takes one lock until the end of the transaction.
pub(crate) const LOCK: &str = "-- lock
    select pg_advisory_xact_lock($1)";

/// Begins a transaction that writes. What was committed meanwhile is seen by the next statement;
/// row locks, advisory locks and constraints keep apart what must not happen at once. Set for the
/// transaction alone, since a pooler in between may give the next one another session.
pub(crate) const BEGIN_WRITE: &str = "begin isolation level read committed read write;
    set local statement_timeout = '5s';
    set local lock_timeout = '4s';
    set local idle_in_transaction_session_timeout = '10s'";

/// Begins a transaction that reads one snapshot.
pub(crate) const BEGIN_READ: &str = "begin isolation level repeatable read read only;
    set local statement_timeout = '5s';
    set local idle_in_transaction_session_timeout = '10s'";

/// Asks the server for its time. Nothing else does: a unit of work is given the instant.
pub(crate) const TIME: &str = "-- database_time
    select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)";

/// Begins a migration, which may take its time.
pub(crate) const BEGIN_MIGRATION: &str = "begin isolation level read committed read write;
    set local statement_timeout = 0;
    set local lock_timeout = 0;
    set local idle_in_transaction_session_timeout = '60s'";

/// The text for SQLite, which would number `$2` by appearance.
pub(crate) fn sqlite(sql: &str) -> String {
    sql.replace('$', "?")
}

/// The text for PostgreSQL. Who only reads may not lock rows either.
pub(crate) fn postgres(sql: &'static str, writes: bool) -> Cow<'static, str> {
    if writes && sql.contains(POSTGRES_ADDS) {
        Cow::Owned(sql.replace(POSTGRES_ADDS, ""))
    } else {
        Cow::Borrowed(sql)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &str = "select id from jobs\n where id = $1 -- PostgreSQL adds: for update\n";

    #[test]
    fn rows_are_locked_where_there_are_several_writers() {
        assert_eq!(postgres(BOTH, true), "select id from jobs\n where id = $1 for update\n");
        assert_eq!(postgres(BOTH, false), BOTH);
        assert!(sqlite(BOTH).contains("?1 -- "));
    }
}
