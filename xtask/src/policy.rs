//! The rules of `deny.toml`, which cargo-deny reads as well, so that there is one list.
//!
//! We read the part of its language that the file uses. A key we would silently ignore is a
//! fault: a rule that only one of the two tools holds is no rule.

use std::fs;
use std::path::Path;

use toml::{Table, Value};

use crate::fault::Fault;

/// What may be in the dependency graph.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    /// Licences that any crate may have.
    pub(crate) licences: Vec<String>,
    /// Licences that one crate alone may have.
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) bans: Vec<Ban>,
}

#[derive(Debug)]
pub(crate) struct Exception {
    pub(crate) package: String,
    pub(crate) licences: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Ban {
    pub(crate) package: String,
    pub(crate) reason: String,
    pub(crate) extent: Extent,
}

/// How much of a crate is banned.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// It may only be there below these parents; with none, not at all.
    ExceptBelow(Vec<String>),
    /// It may be there in one version.
    SecondVersion,
}

impl Policy {
    pub(crate) fn load(root: &Path) -> Result<Self, Fault> {
        let text = fs::read_to_string(root.join("deny.toml"))
            .map_err(|error| unreadable(&error.to_string()))?;
        Self::parse(&text)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let document: Table = text.parse().map_err(|error| unreadable(&format!("{error}")))?;
        let licences = table(&document, "licenses")?;
        Ok(Self {
            licences: strings(licences, "allow")?,
            exceptions: entries(licences, "exceptions", parse_exception)?,
            bans: entries(table(&document, "bans")?, "deny", parse_ban)?,
        })
    }
}

fn parse_exception(entry: &Table) -> Result<Exception, Fault> {
    known_keys(entry, &["allow", "crate"])?;
    Ok(Exception { package: string(entry, "crate")?, licences: strings(entry, "allow")? })
}

fn parse_ban(entry: &Table) -> Result<Ban, Fault> {
    known_keys(entry, &["crate", "deny-multiple-versions", "reason", "wrappers"])?;
    let extent = match entry.get("deny-multiple-versions") {
        Some(Value::Boolean(true)) => Extent::SecondVersion,
        Some(other) => return Err(unreadable(&format!("deny-multiple-versions = {other}"))),
        None => Extent::ExceptBelow(strings(entry, "wrappers")?),
    };
    Ok(Ban { package: string(entry, "crate")?, reason: string(entry, "reason")?, extent })
}

fn known_keys(entry: &Table, known: &[&str]) -> Result<(), Fault> {
    match entry.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(unreadable(&format!("`{key}` is a key that xtask does not understand"))),
    }
}

fn table<'a>(parent: &'a Table, key: &str) -> Result<&'a Table, Fault> {
    parent
        .get(key)
        .and_then(Value::as_table)
        .ok_or_else(|| unreadable(&format!("the table `{key}` is missing")))
}

fn string(entry: &Table, key: &str) -> Result<String, Fault> {
    let text = entry.get(key).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| unreadable(&format!("an entry has no text `{key}`")))
}

/// A list of texts; none when the key is missing.
fn strings(parent: &Table, key: &str) -> Result<Vec<String>, Fault> {
    let read = |value: &Value| value.as_str().map(str::to_owned);
    array(parent, key)?.iter().map(read).collect::<Option<_>>().ok_or_else(|| not_a_list(key))
}

fn entries<T>(
    parent: &Table,
    key: &str,
    parse: fn(&Table) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let parse = |value: &Value| value.as_table().ok_or_else(|| not_a_list(key)).and_then(parse);
    array(parent, key)?.iter().map(parse).collect()
}

fn array<'a>(parent: &'a Table, key: &str) -> Result<&'a [Value], Fault> {
    match parent.get(key) {
        None => Ok(&[]),
        Some(Value::Array(values)) => Ok(values),
        Some(_) => Err(not_a_list(key)),
    }
}

fn not_a_list(key: &str) -> Fault {
    unreadable(&format!("`{key}` is not the list it should be"))
}

fn unreadable(why: &str) -> Fault {
    Fault::new(
        format!("deny.toml cannot be used: {why}"),
        "mend deny.toml, or teach xtask's `policy` what it says",
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a fixture that does not parse fails the test")]

    use super::*;

    #[test]
    fn licences_exceptions_and_bans_are_read() {
        let policy = Policy::parse(
            r#"
            [licenses]
            allow = ["MIT"]
            exceptions = [{ allow = ["MPL-2.0"], crate = "webpki" }]
            [bans]
            deny = [
                { crate = "chrono", wrappers = ["browser"], reason = "jiff is the clock" },
                { crate = "ring", deny-multiple-versions = true, reason = "one provider" },
            ]
            "#,
        )
        .unwrap();

        assert_eq!(policy.licences, ["MIT"]);
        assert_eq!(policy.exceptions[0].licences, ["MPL-2.0"]);
        assert_eq!(policy.bans[0].extent, Extent::ExceptBelow(vec!["browser".to_owned()]));
        assert_eq!(policy.bans[1].extent, Extent::SecondVersion);
    }

    #[test]
    fn a_rule_we_would_not_hold_is_a_fault() {
        for text in [
            "[licenses]\nallow = [1]\n[bans]",
            "[licenses]\n",
            "[licenses]\n[bans]\ndeny = [{ crate = \"a\", version = \"<1\", reason = \"r\" }]",
            "[licenses]\n[bans]\ndeny = [{ crate = \"a\" }]",
            "[licenses]\n[bans]\ndeny = [\"a\"]",
        ] {
            assert!(Policy::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_projects_own_deny_toml_is_understood() {
        let policy = Policy::parse(include_str!("../../deny.toml")).unwrap();

        assert!(policy.licences.contains(&"Apache-2.0".to_owned()));
        assert!(policy.bans.iter().any(|ban| ban.package == "openssl-sys"));
    }
}
