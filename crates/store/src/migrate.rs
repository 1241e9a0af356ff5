//! Numbered migrations, never edited once they have landed: what has to run, and what a database
//! must not hold. Each database runs them in its own way.

use sha2::{Digest, Sha256};

use crate::error::StoreError;

/// One numbered file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    pub(crate) number: i64,
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

macro_rules! migrations {
    ($($number:literal $file:literal),* $(,)?) => {
        /// What a SQLite file runs, in this order.
        pub(crate) const SQLITE: &[Migration] = &[$(Migration {
            number: $number,
            name: $file,
            sql: include_str!(concat!("../migrations/sqlite/", $file)),
        }),*];
        /// What a PostgreSQL database runs, in this order.
        pub(crate) const POSTGRES: &[Migration] = &[$(Migration {
            number: $number,
            name: $file,
            sql: include_str!(concat!("../migrations/postgres/", $file)),
        }),*];
    };
}

migrations! {
    1 "0001_initial.sql",
    3 "0003_mirror.sql",
    4 "0004_connections.sql",
    6 "0006_occurrences.sql",
    7 "0007_texts_and_calls.sql",
    8 "0008_telling.sql",
    9 "0009_rules.sql",
    10 "0010_details.sql",
}

impl Migration {
    pub(crate) fn checksum(&self) -> Vec<u8> {
        Sha256::digest(self.sql.as_bytes()).to_vec()
    }
}

/// Whether what a database has run is exactly what this version knows; `ran` is in order.
pub(crate) fn check(known: &[Migration], ran: &[(i64, Vec<u8>)]) -> Result<(), StoreError> {
    match pending(known, ran)?.as_slice() {
        [] => Ok(()),
        [next, ..] => Err(StoreError::NotMigrated(next)),
    }
}

/// What a database has not run yet, in order. Refuses one that has run what this version does not
/// know.
pub(crate) fn pending(
    known: &[Migration],
    ran: &[(i64, Vec<u8>)],
) -> Result<Vec<&'static str>, StoreError> {
    let newest = known.last().map_or(0, |migration| migration.number);
    for (number, checksum) in ran {
        match known.iter().find(|migration| migration.number == *number) {
            Some(migration) if migration.checksum() == *checksum => {}
            None if *number > newest => {
                let found = ran.last().map_or(*number, |(last, _)| *last);
                return Err(StoreError::Newer { found, known: newest });
            }
            Some(_) | None => return Err(StoreError::ForeignMigration(*number)),
        }
    }
    let has_run = |migration: &Migration| ran.iter().any(|(number, _)| *number == migration.number);
    Ok(known.iter().filter(|migration| !has_run(migration)).map(|next| next.name).collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails loudly")]
mod tests {
    use super::*;

    const KNOWN: [Migration; 2] = [
        Migration { number: 1, name: "0001_first.sql", sql: "first" },
        Migration { number: 4, name: "0004_second.sql", sql: "second" },
    ];

    fn ran(migration: &Migration) -> (i64, Vec<u8>) {
        (migration.number, migration.checksum())
    }

    #[test]
    fn what_has_not_run_is_named_in_order() {
        let [first, second] = &KNOWN;

        assert_eq!(pending(&KNOWN, &[]).unwrap(), ["0001_first.sql", "0004_second.sql"]);
        assert_eq!(pending(&KNOWN, &[ran(first)]).unwrap(), ["0004_second.sql"]);
        assert!(pending(&KNOWN, &[ran(first), ran(second)]).unwrap().is_empty());
        let refused = check(&KNOWN, &[ran(first)]);
        assert!(matches!(refused, Err(StoreError::NotMigrated("0004_second.sql"))), "{refused:?}");
    }

    #[test]
    fn what_this_version_does_not_know_is_refused() {
        let [first, _] = &KNOWN;

        let newer = pending(&KNOWN, &[ran(first), (5, vec![]), (6, vec![])]);
        assert!(matches!(newer, Err(StoreError::Newer { found: 6, known: 4 })), "{newer:?}");
        for foreign in [[ran(first), (3, vec![])], [ran(first), (4, vec![])]] {
            let number = foreign[1].0;
            let refused = pending(&KNOWN, &foreign);
            assert!(
                matches!(refused, Err(StoreError::ForeignMigration(found)) if found == number),
                "{refused:?}"
            );
        }
    }
}
