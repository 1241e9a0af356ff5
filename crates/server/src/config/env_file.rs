//! The file of settings: lines of `KEY=VALUE`, as shells and container tools read them.
//!
//! Quotes, comments and a leading `export` are understood. Nothing is interpolated, so that a
//! dollar sign in a password stays one, and a value never spans lines.

use super::fault::ConfigFault;

/// One setting of the file.
#[derive(PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) value: String,
    /// Counted from 1.
    pub(super) line: usize,
}

/// Reads the file's text. Lines that cannot be read become faults, the others count.
pub(super) fn parse(text: &str) -> (Vec<Entry>, Vec<ConfigFault>) {
    let mut entries = Vec::new();
    let mut faults = Vec::new();
    // Some editors open a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (line, content) in (1..).zip(text.lines()) {
        match entry(content) {
            Ok(None) => {}
            Ok(Some((name, value))) => entries.push(Entry { name, value, line }),
            Err(problem) => faults.push(ConfigFault::Line { line, problem }),
        }
    }
    (entries, faults)
}

fn entry(line: &str) -> Result<Option<(String, String)>, &'static str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (name, value) = line.split_once('=').ok_or("is not written KEY=VALUE")?;
    let name = name.trim_end();
    let name = name.strip_prefix("export ").unwrap_or(name).trim_start();
    if !is_name(name) {
        return Err("has a key with other characters than letters, digits and underscores");
    }
    Ok(Some((name.to_owned(), unquoted(value.trim_start())?)))
}

fn is_name(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&name.len())
        && name.bytes().all(word)
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn unquoted(value: &str) -> Result<String, &'static str> {
    match value.chars().next() {
        Some('\'') => {
            let (inner, rest) = value[1..].split_once('\'').ok_or(UNCLOSED)?;
            only_comment(rest)?;
            Ok(inner.to_owned())
        }
        Some('"') => double_quoted(&value[1..]),
        Some(_) | None => Ok(bare(value).to_owned()),
    }
}

const UNCLOSED: &str = "has a quote that is not closed in the same line";

/// A backslash takes the meaning from a quote, a backslash or a dollar sign, else it is itself.
fn double_quoted(text: &str) -> Result<String, &'static str> {
    let mut inner = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (c, rest.as_str().chars().next()) {
            ('"', _) => {
                only_comment(rest.as_str())?;
                return Ok(inner);
            }
            ('\\', Some(escaped @ ('"' | '\\' | '$'))) => {
                rest.next();
                inner.push(escaped);
            }
            (c, _) => inner.push(c),
        }
    }
    Err(UNCLOSED)
}

fn only_comment(rest: &str) -> Result<(), &'static str> {
    let comment = rest.trim_start();
    if comment.is_empty() || (comment.starts_with('#') && comment.len() < rest.len()) {
        Ok(())
    } else {
        Err("goes on after the closing quote")
    }
}

/// A `#` opens a comment only at the start or after white space: keys and passwords contain it.
fn bare(value: &str) -> &str {
    let comment = value.char_indices().find(|&(at, c)| {
        c == '#' && value[..at].chars().next_back().is_none_or(char::is_whitespace)
    });
    value[..comment.map_or(value.len(), |(at, _)| at)].trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_shells_read_them() {
        for (line, name, value) in [
            ("PORT=8080", "PORT", "8080"),
            ("  PORT = 8080  ", "PORT", "8080"),
            ("export PORT=8080", "PORT", "8080"),
            ("PORT=8080\r", "PORT", "8080"),
            ("\u{feff}PORT=8080", "PORT", "8080"),
            ("PORT=", "PORT", ""),
            ("PORT= # the usual one", "PORT", ""),
            ("PORT=80#80", "PORT", "80#80"),
            ("PORT=8080 # the usual one", "PORT", "8080"),
            ("URL=a=b", "URL", "a=b"),
            ("A='it # is $HOME \\n' # so", "A", "it # is $HOME \\n"),
            (r#"A="say \"hi\" \\ \$5 \n #1" # so"#, "A", r#"say "hi" \ $5 \n #1"#),
            ("A=\"ünïcode\"", "A", "ünïcode"),
        ] {
            let (entries, faults) = parse(line);

            let read: Vec<_> =
                entries.iter().map(|e| (e.name.as_str(), e.value.as_str())).collect();
            assert_eq!(read, [(name, value)], "{line}");
            assert!(faults.is_empty(), "{line}");
        }
    }

    #[test]
    fn a_line_that_is_no_setting_is_told_by_its_number_and_not_repeated() {
        for line in [
            "hunter2",
            "=hunter2",
            "hun-ter2=1",
            "2hunter=2",
            "A='hunter2",
            "A=\"hunter2",
            "A=\"hunter2\\\"",
            "A='hunter'2",
            "A='hunter'#2",
        ] {
            let (entries, faults) = parse(&format!("# a comment\n\nPORT=1\n{line}\nB=2"));

            let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
            assert_eq!(entries.iter().map(|e| e.line).collect::<Vec<_>>(), [3, 5], "{line}");
            assert_eq!(told.len(), 1, "{line}");
            assert!(told[0].starts_with("line 4 of the file"), "{told:?}");
            assert!(!told[0].contains("hunter"), "{told:?}");
        }
    }
}
