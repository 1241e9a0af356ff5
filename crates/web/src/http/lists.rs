//! Lists in pieces: `{"items": […], "next_cursor": …}` and `?cursor=&limit=`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Faults, Pointer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use super::query;

/// Items in a piece when the caller does not say.
pub const USUAL_LIMIT: usize = 50;

/// The most items a caller may ask for at once.
pub const MAX_LIMIT: usize = 200;

/// A cursor of ours is far shorter.
const MAX_CURSOR_BYTES: usize = 1024;

/// A piece of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct List<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Give it as `cursor` to get what follows; null at the end.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A list that is never long enough to be cut.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }

    /// The piece out of `found`, of which [`ListQuery::fetch`] were asked for: one more than are
    /// shown, so that we know whether anything follows. `position` is what the next query starts
    /// after.
    pub fn piece<K: Serialize>(
        mut found: Vec<T>,
        query: &ListQuery,
        position: impl FnOnce(&T) -> K,
    ) -> Self {
        let follows = found.len() > query.limit;
        found.truncate(query.limit);
        let last = found.last().filter(|_| follows);
        let next_cursor = last.map(|last| cursor(&position(last)));
        Self { items: found, next_cursor }
    }

    /// The same piece with each item as its view.
    pub fn map<V>(self, view: impl FnMut(T) -> V) -> List<V> {
        List { items: self.items.into_iter().map(view).collect(), next_cursor: self.next_cursor }
    }
}

/// Which piece of a list is asked for. Filters are read beside it, with a [`query::QueryOf`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    limit: usize,
    cursor: Option<String>,
}

/// How [`ListQuery`] is written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListParameters {
    /// `next_cursor` of the piece before.
    cursor: Option<String>,
    /// Items at once: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
}

impl ListQuery {
    /// How many rows to read: one more than will be shown.
    pub fn fetch(&self) -> usize {
        self.limit + 1
    }

    /// What the piece before ended with; `None` for the first piece.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Faults> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let position = URL_SAFE_NO_PAD.decode(cursor).ok();
        let position = position.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        position.map(Some).ok_or_else(unreadable_cursor)
    }
}

impl TryFrom<ListParameters> for ListQuery {
    type Error = Faults;

    fn try_from(ListParameters { cursor, limit }: ListParameters) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        let limit = limit.map_or(Some(USUAL_LIMIT), |limit| usize::try_from(limit).ok());
        let limit = limit.filter(|limit| (1..=MAX_LIMIT).contains(limit)).unwrap_or_else(|| {
            faults.add(Pointer::root().at("limit"), "range", "This must be from 1 to 200.");
            USUAL_LIMIT
        });
        if cursor.as_ref().is_some_and(|cursor| cursor.len() > MAX_CURSOR_BYTES) {
            faults.extend(unreadable_cursor());
        }
        faults.into_result()?;
        Ok(Self { limit, cursor })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ListQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(query::read::<ListParameters>(query).and_then(Self::try_from)?)
    }
}

/// A position as an opaque text. It is not secret and not signed: whoever writes one gets a piece
/// of a list they may read anyway.
fn cursor(position: &impl Serialize) -> String {
    let json = serde_json::to_vec(position).expect("a position is made of texts and numbers");
    URL_SAFE_NO_PAD.encode(json)
}

fn unreadable_cursor() -> Faults {
    let message = "This is not a cursor of this list. Start again without one.";
    Faults::one(Pointer::root().at("cursor"), "cursor", message)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a fixture that does not read fails the test")]

    use super::*;

    fn query(text: &str) -> Result<ListQuery, Faults> {
        query::read::<ListParameters>(text).and_then(ListQuery::try_from)
    }

    #[test]
    fn pieces_follow_each_other_to_the_end() {
        let rows = [1, 2, 3, 4, 5];
        let mut query = query("limit=2").unwrap();
        let mut seen = vec![];

        loop {
            let after = query.after::<i32>().unwrap().unwrap_or(0);
            let found = rows.into_iter().filter(|row| *row > after).take(query.fetch()).collect();
            let piece = List::piece(found, &query, |row| *row);
            seen.push(piece.items);
            query.cursor = piece.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }

        assert_eq!(seen, [vec![1, 2], vec![3, 4], vec![5]]);
    }

    #[test]
    fn a_last_piece_that_is_full_has_no_next() {
        let piece = List::piece(vec![1, 2], &query("limit=2").unwrap(), |row| *row);

        assert_eq!(piece, List::whole(vec![1, 2]));
    }

    #[test]
    fn the_limit_has_bounds_and_a_usual_value() {
        assert_eq!(query("").unwrap().fetch(), 51);
        assert_eq!(query("limit=200").unwrap().fetch(), 201);
        for bad in ["limit=0", "limit=201", "limit=18446744073709551615", "limit=ten", "limit=-1"] {
            let faults = query(bad).unwrap_err();
            assert_eq!(faults.as_slice()[0].pointer.as_str(), "/limit", "{bad}");
        }
    }

    #[test]
    fn a_cursor_that_is_not_ours_is_a_fault() {
        let long = format!("cursor={}", "A".repeat(2000));
        for bad in ["cursor=!", "cursor=AAAA", "cursor=eyJhIjoxfQ", &long] {
            let faults = query(bad).and_then(|query| query.after::<i32>()).unwrap_err();
            assert_eq!(faults.as_slice()[0].pointer.as_str(), "/cursor", "{bad}");
        }
    }

    #[test]
    fn the_end_of_a_list_is_null() {
        let json = serde_json::to_string(&List::whole(vec![1])).unwrap();

        assert_eq!(json, r#"{"items":[1],"next_cursor":null}"#);
    }
}
