//! Parameters of the query string.

mod parameter;

use std::borrow::Cow;
use std::collections::HashSet;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::{Faults, Pointer};
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;

use self::parameter::Parameter;
use super::problem::Problem;

/// No call of ours has so many; more cost time and mean nothing.
const MAX_PARAMETERS: usize = 100;

/// The query string as a `T`, a struct of texts, numbers, booleans, unit enums and options.
///
/// Parameters that `T` does not know are ignored, and so are empty ones, which forms send for
/// fields left blank. A repeated one is refused, because readers disagree on which of the two
/// counts. Faults point at `/{parameter}`.
#[derive(Debug, Clone, Copy)]
pub struct QueryOf<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for QueryOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        read(query).map(Self).map_err(Problem::invalid_request)
    }
}

/// Reads a query string, without its question mark.
pub fn read<T: DeserializeOwned>(query: &str) -> Result<T, Faults> {
    let given = url::form_urlencoded::parse(query.as_bytes()).take(MAX_PARAMETERS + 1);
    let given = given.collect::<Vec<_>>();
    check(&given).into_result()?;
    let parameters = given.into_iter().filter(|(_, value)| !value.is_empty());
    let parameters = parameters.map(|(name, value)| (name.clone(), Parameter { name, value }));
    T::deserialize(MapDeserializer::new(parameters)).map_err(parameter::Fault::into_faults)
}

fn check(given: &[(Cow<'_, str>, Cow<'_, str>)]) -> Faults {
    let mut faults = Faults::new();
    if given.len() > MAX_PARAMETERS {
        faults.add(Pointer::root(), "too_many", "There are more than 100 parameters.");
    }
    let mut seen = HashSet::new();
    for (name, value) in given {
        if !seen.insert(name) {
            faults.add(Pointer::root().at(name), "repeated", "This parameter is given twice.");
        }
        // What is not UTF-8 was replaced when the percent signs were resolved.
        if value.contains(['\u{fffd}', '\0']) || name.contains(['\u{fffd}', '\0']) {
            faults.add(Pointer::root().at(name), "encoding", "This is not UTF-8 text.");
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Slots {
        from: String,
        limit: Option<u8>,
        embed: Option<bool>,
        order: Option<Order>,
        at: Option<jiff::Timestamp>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Order {
        Newest,
    }

    fn faults(query: &str) -> Vec<(String, &'static str)> {
        let faults = read::<Slots>(query).map(|read| panic!("{query} was read as {read:?}"));
        let Err(faults) = faults;
        let faults = faults.as_slice().iter();
        faults.map(|fault| (fault.pointer.to_string(), fault.code)).collect()
    }

    #[test]
    fn parameters_become_values() {
        let slots = Slots {
            from: "a b/ü".to_owned(),
            limit: Some(5),
            embed: Some(true),
            order: Some(Order::Newest),
            at: Some(jiff::Timestamp::UNIX_EPOCH),
        };
        let query = "from=a+b%2F%C3%BC&limit=5&embed=1&order=newest&at=1970-01-01T00:00:00Z";

        assert_eq!(read(query), Ok(slots));
    }

    #[test]
    fn unknown_and_empty_parameters_are_ignored() {
        let slots = read::<Slots>("from=x&limit=&utm_source=mail&&=&order=");

        assert_eq!(slots.map(|slots| (slots.from, slots.limit)), Ok(("x".to_owned(), None)));
    }

    #[test]
    fn a_fault_points_at_its_parameter() {
        assert_eq!(faults(""), [("/from".to_owned(), "required")]);
        assert_eq!(faults("from=x&limit=256"), [("/limit".to_owned(), "type")]);
        assert_eq!(faults("from=x&limit=-1"), [("/limit".to_owned(), "type")]);
        assert_eq!(faults("from=x&embed=maybe"), [("/embed".to_owned(), "type")]);
        assert_eq!(faults("from=x&order=oldest"), [("/order".to_owned(), "enum")]);
        assert_eq!(faults("from=x&at=noon"), [("/at".to_owned(), "value")]);
    }

    #[test]
    fn repeated_and_undecodable_parameters_are_all_refused() {
        let query = "from=a&from=b&limit=%ff&x=%00";

        let found = faults(query);

        let expected = [("/from", "repeated"), ("/limit", "encoding"), ("/x", "encoding")];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn a_flood_of_parameters_is_refused() {
        let query = (0..5000).map(|number| format!("p{number}=1")).collect::<Vec<_>>().join("&");

        assert_eq!(faults(&query), [(String::new(), "too_many")]);
    }

    #[test]
    fn no_message_repeats_a_value() {
        let faults = read::<Slots>("from=x&at=secret&limit=secret");

        assert!(faults.is_err_and(|faults| !faults.to_string().contains("secret")));
    }
}
