//! One row of the table of settings.

/// A setting: its name is the name of the environment variable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// The concern it belongs to: a heading of the reference page.
    pub(crate) section: &'static str,
    pub(crate) fallback: Fallback,
    pub(crate) secrecy: Secrecy,
    /// What it does and what may be written, in Markdown.
    pub(crate) meaning: &'static str,
}

/// What counts when a key is not set.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fallback {
    /// The thing is not configured.
    Nothing,
    /// This text, read like a given one.
    Value(&'static str),
    /// It follows from other settings, in words of the reference page.
    Computed(&'static str),
}

/// How much of a value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrecy {
    Open,
    /// A URL whose user and password are hidden.
    Password,
    Hidden,
}

/// Makes a constant per key, and `KEYS` with all of them in the order of the table.
macro_rules! table {
    ($($section:literal { $($name:ident: $fallback:expr, $secrecy:ident, $meaning:literal;)+ })+) => {
        $($(
            #[doc = $meaning]
            pub(crate) const $name: Key = Key {
                name: stringify!($name),
                section: $section,
                fallback: $fallback,
                secrecy: key::Secrecy::$secrecy,
                meaning: $meaning,
            };
        )+)+

        /// Every key there is.
        pub(crate) const KEYS: &[Key] = &[$($($name,)+)+];
    };
}
pub(crate) use table;

impl Key {
    /// The key of that name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        super::KEYS.iter().find(|key| key.name == name)
    }

    /// The value as it may be shown.
    pub(crate) fn masked(&self, value: &str) -> String {
        match self.secrecy {
            Secrecy::Open => value.to_owned(),
            Secrecy::Password => without_credentials(value),
            Secrecy::Hidden => "***".to_owned(),
        }
    }
}

/// A URL without user, password and query. It need not be well-formed: where a question mark
/// before the last `@` makes unclear what is password and what is query, nothing is shown.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "***".to_owned();
    };
    match rest.rsplit_once('@') {
        Some((before, _)) if before.contains('?') => format!("{scheme}://***"),
        Some((_, place)) => format!("{scheme}://***@{}", without_query(place)),
        None => format!("{scheme}://{}", without_query(rest)),
    }
}

fn without_query(place: &str) -> String {
    match place.split_once('?') {
        Some((place, _)) => format!("{place}?***"),
        None => place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{KEYS, SMTP_URL};

    #[test]
    fn every_key_stands_once_in_the_table() {
        let names: BTreeSet<_> = KEYS.iter().map(|key| key.name).collect();

        assert_eq!(names.len(), KEYS.len());
    }

    #[test]
    fn a_url_is_shown_without_anything_that_could_be_a_password() {
        for (url, shown) in [
            ("sqlite://doorstep.db", "sqlite://doorstep.db"),
            ("postgres://db.example/doorstep", "postgres://db.example/doorstep"),
            ("postgres://ada:hunter2@db.example/x", "postgres://***@db.example/x"),
            ("postgres://ada:hun@ter2@a:1,b:2/x", "postgres://***@a:1,b:2/x"),
            ("postgres://db.example/x?password=hunter2", "postgres://db.example/x?***"),
            ("postgres://ada@db/x?password=hun@ter2", "postgres://***"),
            ("postgres://ada:hun?ter2@db.example/x", "postgres://***"),
            ("smtps://ada:hun/ter2@mail.example", "smtps://***@mail.example"),
            ("hunter2", "***"),
        ] {
            assert_eq!(SMTP_URL.masked(url), shown);
        }
    }
}
