//! The reference page of the settings, written from the table.

use std::fmt::{self, Write as _};

use super::{
    KEYS, Key,
    key::{Fallback, Secrecy},
};

const INTRODUCTION: &str = "\
# Configuration

<!-- Written by `doorstep config --reference`; a test compares the two. Change the table in crates/server/src/config.rs. -->

Each setting is taken from the first of these that has it:

1. the environment;
2. the file named by `--config`, or else `.env` in the working directory;
3. its default.

An empty value counts as not set. A malformed value stops the start, and so does an unknown key that begins with `DOORSTEP_`; every fault is
named at once. `doorstep config` prints the values that count and where each comes from, with secrets masked; `doorstep config --json` prints
the same for programs.

The file has lines of `KEY=VALUE`. A line may begin with `export`, a `#` at the start or after white space opens a comment, and a value may stand
in single quotes (taken as it is) or double quotes (where `\\\"`, `\\\\` and `\\$` stand for the character behind the backslash). Nothing is interpolated.

A length of time is written `45s`, `30m`, `2h`, `60d` or `1h30m`. What is marked *secret* is never shown, logged or repeated in an error.
";

/// The whole page, in Markdown.
pub(crate) fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut section = "";
    for key in KEYS {
        if key.section != section {
            section = key.section;
            let heading =
                format!("\n## {section}\n\n| Key | Default | Meaning |\n| --- | --- | --- |\n");
            page.push_str(&heading);
        }
        row(&mut page, key).expect("a string takes everything");
    }
    page
}

fn row(page: &mut String, key: &Key) -> fmt::Result {
    let default = match key.fallback {
        Fallback::Nothing => "–".to_owned(),
        Fallback::Value(text) => format!("`{text}`"),
        Fallback::Computed(words) => words.to_owned(),
    };
    let mark = match key.secrecy {
        Secrecy::Open => "",
        Secrecy::Password => " (its password is *secret*)",
        Secrecy::Hidden => " (*secret*)",
    };
    writeln!(page, "| `{}`{mark} | {default} | {} |", key.name, key.meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_page_says_what_the_table_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/configuration.md");
        let page = std::fs::read_to_string(path).unwrap_or_default();

        let fresh = reference();

        let stale = page.lines().zip(fresh.lines()).find(|(old, new)| old != new);
        assert!(
            page == fresh,
            "docs/reference/configuration.md is stale (first difference: {stale:#?}); refresh it with \
             `cargo run -- config --reference > docs/reference/configuration.md`"
        );
    }

    #[test]
    fn no_cell_breaks_its_table() {
        for key in KEYS {
            assert!(!key.meaning.contains(['|', '\n']), "{}", key.name);
            assert!(key.meaning.ends_with(['.', ')']), "{}", key.name);
        }
    }
}
