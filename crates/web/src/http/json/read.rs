//! JSON from outside into a value, strictly: what readers disagree on is refused.

use std::cell::RefCell;
use std::fmt;

use domain::{Faults, Pointer};
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How deep arrays and objects may stand in each other (contract: 64).
const MAX_DEPTH: usize = 64;

/// Noted faults; whatever comes after is not looked at any more.
const MAX_FAULTS: usize = 100;

/// The integers that every JSON reader keeps exactly, JavaScript's included, end at 2^53. Larger
/// ones are fine as long as they fit 64 bits, where they stay integers.
const FLOATS_ARE_EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

/// Reads a document. Refused are text that is not UTF-8 or not JSON, anything behind the document,
/// repeated members, a depth over 64, numbers that would lose digits, and NUL characters, which
/// not every database can store.
pub fn read_value(bytes: &[u8]) -> Result<Value, Faults> {
    let fault = |code, message: String| Faults::one(Pointer::root(), code, message);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        fault("encoding", format!("The body is not UTF-8 from byte {}.", error.valid_up_to()))
    })?;
    let found = RefCell::new(Faults::new());
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Element { place: Place::ROOT, found: &found }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));

    let mut found = found.into_inner();
    match read {
        Ok(value) => found.into_result().map(|()| value),
        // A fault of ours ended the reading; the reader's own error only repeats it.
        Err(error) if error.is_data() && !found.is_empty() => Err(found),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let message = format!("The body is not JSON at line {line}, column {column}.");
            found.extend(fault("syntax", message));
            Err(found)
        }
    }
}

/// Where an element stands, as a chain of its parents: a pointer is only written for a fault.
#[derive(Clone, Copy)]
struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    token: Token<'p>,
    depth: usize,
}

#[derive(Clone, Copy)]
enum Token<'p> {
    Member(&'p str),
    Item(usize),
}

impl Place<'_> {
    const ROOT: Self = Self { parent: None, token: Token::Item(0), depth: 0 };

    fn pointer(&self) -> Pointer {
        let Some(parent) = self.parent else { return Pointer::root() };
        match self.token {
            Token::Member(name) => parent.pointer().at(name),
            Token::Item(index) => parent.pointer().at(index),
        }
    }

    fn child<'p>(&'p self, token: Token<'p>) -> Place<'p> {
        Place { parent: Some(self), token, depth: self.depth + 1 }
    }
}

/// Reads one element of the document.
#[derive(Clone, Copy)]
struct Element<'p> {
    place: Place<'p>,
    found: &'p RefCell<Faults>,
}

impl Element<'_> {
    /// Notes a fault after which reading goes on, or ends the reading when there are enough.
    fn note<E: Error>(&self, at: Pointer, code: &'static str, message: &str) -> Result<(), E> {
        let mut found = self.found.borrow_mut();
        found.add(at, code, message);
        if found.as_slice().len() < MAX_FAULTS { Ok(()) } else { Err(E::custom("enough faults")) }
    }

    fn check_depth<E: Error>(&self) -> Result<(), E> {
        if self.place.depth < MAX_DEPTH {
            return Ok(());
        }
        self.note(self.place.pointer(), "depth", "This is nested more than 64 deep.")?;
        Err(E::custom("nested too deep"))
    }

    fn check_text<E: Error>(&self, text: &str) -> Result<(), E> {
        if !text.contains('\0') {
            return Ok(());
        }
        self.note(self.place.pointer(), "character", "This holds a NUL character.")
    }

    fn imprecise<E: Error>(&self) -> Result<Value, E> {
        let message = "This number is too large to be kept exactly. Send it as a text.";
        self.note(self.place.pointer(), "number", message).map(|()| Value::Null)
    }
}

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map_or_else(|_| self.imprecise(), |value| Ok(Value::from(value)))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        match Number::from_f64(value) {
            Some(number) if value.abs() < FLOATS_ARE_EXACT_BELOW => Ok(Value::Number(number)),
            _ => self.imprecise(),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.check_text(text)?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut read = Vec::new();
        let element = |index| Element { place: self.place.child(Token::Item(index)), ..self };
        while let Some(item) = items.next_element_seed(element(read.len()))? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut read = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let element = Element { place: self.place.child(Token::Member(&name)), ..self };
            element.check_text(&name)?;
            let value = members.next_value_seed(element)?;
            if read.contains_key(&name) {
                let message = "This member is given more than once.";
                element.note(element.place.pointer(), "repeated", message)?;
            }
            read.insert(name, value);
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(text: impl AsRef<[u8]>) -> Vec<(String, &'static str)> {
        let Err(faults) = read_value(text.as_ref()) else { return Vec::new() };
        let faults = faults.as_slice().iter();
        faults.map(|fault| (fault.pointer.to_string(), fault.code)).collect()
    }

    fn fault(pointer: &str, code: &'static str) -> Vec<(String, &'static str)> {
        vec![(pointer.to_owned(), code)]
    }

    #[test]
    fn json_is_read_as_it_is_written() {
        let text = r#" {"a": [1, -2, 0.5, true, null, "\u00fc\ud83d\ude00"], "": {}} "#;

        assert_eq!(
            read_value(text.as_bytes()),
            Ok(json!({"a": [1, -2, 0.5, true, null, "ü😀"], "": {}}))
        );
    }

    #[test]
    fn repeated_members_are_refused_with_their_pointers() {
        let text = r#"{"a": 1, "b": {"c/d": 1, "c\/d": 2}, "a": 3}"#;

        let found = faults(text);

        assert_eq!(found, [fault("/b/c~1d", "repeated"), fault("/a", "repeated")].concat());
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in
            ["", " ", "{", "[1,]", "{\"a\":1,}", "nul", "'a'", "1 2", "{} x", "\u{feff}{}", "NaN"]
        {
            assert_eq!(faults(text), fault("", "syntax"), "{text}");
        }
        assert_eq!(faults(r#""\ud800""#), fault("", "syntax"));
        assert_eq!(faults(b"{\"a\":\"\xff\"}"), fault("", "encoding"));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));

        assert_eq!(faults(nested(64)), []);
        assert_eq!(faults(nested(65)), fault(&"/0".repeat(64), "depth"));
        assert_eq!(faults("[".repeat(60_000)), fault(&"/0".repeat(64), "depth"));
    }

    #[test]
    fn numbers_that_would_lose_digits_are_refused() {
        let fine = ["9223372036854775807", "-9223372036854775808", "1e3", "0.1", "-0.0", "9e15"];
        for text in fine {
            assert_eq!(faults(text), [], "{text}");
        }
        for text in
            ["9223372036854775808", "-9223372036854775809", "1e300", "12345678901234567890123"]
        {
            assert_eq!(faults(text), fault("", "number"), "{text}");
        }
        assert_eq!(faults("1e999"), fault("", "syntax"));
    }

    #[test]
    fn nul_characters_are_refused_in_names_and_texts() {
        let text = r#"{"a": "x\u0000", "b\u0000": "\u0001"}"#;

        assert_eq!(faults(text), [fault("/a", "character"), fault("/b\0", "character")].concat());
    }

    #[test]
    fn a_flood_of_faults_ends_the_reading() {
        let text = format!("[{}0]", r#"{"a":1,"a":1},"#.repeat(10_000));

        assert_eq!(faults(text).len(), MAX_FAULTS);
    }
}
