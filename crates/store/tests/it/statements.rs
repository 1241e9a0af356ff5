//! Every statement of the crate, found in its sources, is one that both databases understand.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;
use tokio_postgres::types::Type;

use crate::database::Database;

/// What SQLite has no need of.
const ONE_DATABASE: [&str; 2] = ["lock", "database_time"];
/// The macros that stand for a part of some statements, and where each is defined.
const COLUMNS: [(&str, &str); 2] = [
    ("booking_columns!()", "macro_rules! booking_columns"),
    ("occurrence_columns!()", "macro_rules! occurrence_columns"),
];

#[test]
fn every_statement_prepares() {
    let db = Database::sqlite();
    let connection = Connection::open(db.file()).unwrap();
    let statements = statements();
    assert!(statements.len() > 80, "the scan found only {}", statements.len());

    let mut names = BTreeSet::new();
    for sql in statements {
        let name = name_of(&sql);

        assert!(names.insert(name.clone()), "{name} is used twice: the slow log must lead home");
        if ONE_DATABASE.contains(&name.as_str()) {
            continue;
        }

        let prepared = connection.prepare(&sql.replace('$', "?"));

        let prepared = prepared.unwrap_or_else(|error| panic!("{name}: {error}\n{sql}"));
        let parameters = parameters_of(&sql);
        assert_eq!(prepared.parameter_count(), parameters.len(), "{name} skips a parameter");
    }
}

#[tokio::test]
async fn every_statement_prepares_on_postgres() {
    let db = Database::postgres().await;
    let client = db.server().connect().await;

    for sql in statements() {
        let name = name_of(&sql);
        for text in [sql.clone(), sql.replace("-- PostgreSQL adds: ", "")] {
            let prepared = client.prepare(&text).await;

            let prepared = prepared.unwrap_or_else(|error| panic!("{name}: {error:?}\n{text}"));
            assert_eq!(prepared.params().len(), parameters_of(&sql).len(), "{name}");
            let ours = [Type::INT8, Type::TEXT, Type::BYTEA];
            assert!(prepared.params().iter().all(|param| ours.contains(param)), "{name}");
        }
    }
}

/// What stands behind the first comment mark, up to a colon or the line's end.
fn name_of(sql: &str) -> String {
    let line = sql.lines().next().unwrap_or_default();
    line.trim_start_matches("-- ").split(':').next().unwrap_or_default().trim().to_owned()
}

fn parameters_of(sql: &str) -> BTreeSet<u32> {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    sql.split('$').skip(1).map(|rest| digits(rest).parse().unwrap()).collect()
}

fn statements() -> Vec<String> {
    let mut sources = Vec::new();
    read_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
    let columns = COLUMNS.map(|(call, head)| (call, macro_text(&sources, head)));
    let connection = {
        let template = macro_text(&sources, "macro_rules! select_connection");
        move |name: &str, rest: &str| format!("-- {name}\n{template}{rest}")
    };
    let mut statements = Vec::new();
    for source in &sources {
        statements.extend(named_literals(source, &columns));
        for call in source.split("select_connection!(").skip(1) {
            let texts = string_literals(call.split(')').next().unwrap());
            if let [name, rest] = texts.as_slice() {
                statements.push(connection(name, rest));
            }
        }
    }
    statements
}

fn read_sources(folder: &Path, sources: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(&path, sources);
        } else {
            sources.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

/// The longest text inside a macro's definition: the SQL that it stands for.
fn macro_text(sources: &[String], head: &str) -> String {
    let source = sources.iter().find(|source| source.contains(head)).unwrap();
    let body = &source[source.find(head).unwrap()..];
    let body = &body[..body.find("\n}").unwrap()];
    string_literals(body).into_iter().max_by_key(String::len).unwrap()
}

/// Every text that begins with a comment and a name; for a `concat!`, all of its texts as one.
fn named_literals(source: &str, columns: &[(&str, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in source.match_indices("\"-- ") {
        let texts = if source[..at].trim_end().ends_with("concat!(") {
            // Its end is a parenthesis on a line of its own.
            let inside = |line: &&str| !line.trim_start().starts_with(')');
            let call = source[at..].lines().take_while(inside).collect::<Vec<_>>().join("\n");
            let written = columns
                .iter()
                .fold(call, |call, (name, columns)| call.replace(name, &format!("\"{columns}\"")));
            string_literals(&written)
        } else {
            string_literals(&source[at..]).into_iter().take(1).collect()
        };
        found.push(texts.concat());
    }
    found.retain(|text| !name_of(text).is_empty());
    found
}

/// The contents of the string literals of a piece of source; ours escape nothing but quotes.
fn string_literals(source: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = source;
    while let Some(start) = rest.find('"') {
        let Some(length) = rest[start + 1..].find('"') else { break };
        texts.push(rest[start + 1..start + 1 + length].replace("\\n", "\n"));
        rest = &rest[start + length + 2..];
    }
    texts
}
