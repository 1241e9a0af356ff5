//! Syntaxes that several settings share. Each parser says what it expected, in words that go
//! after "must be".

use std::num::NonZeroU32;

use domain::{Email, length};
use jiff::SignedDuration;
use secrecy::SecretString;

use super::fault::Expected;

/// A key, token or password: printable ASCII without spaces, as it goes into a header.
pub(super) fn secret(text: &str) -> Result<SecretString, Expected> {
    token(text).map(SecretString::from)
}

/// An identifier that a provider gave.
pub(super) fn token(text: &str) -> Result<String, Expected> {
    if text.len() <= 4096 && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err(Expected("at most 4096 printable ASCII characters without spaces"))
    }
}

/// A Twilio SID with its two-letter prefix. It becomes part of a path, so nothing else is let in.
pub(super) fn sid(text: &str, prefix: &str, expected: &'static str) -> Result<String, Expected> {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match text.strip_prefix(prefix) {
        Some(rest) if (1..=62).contains(&rest.len()) && rest.bytes().all(safe) => {
            Ok(text.to_owned())
        }
        Some(_) | None => Err(Expected(expected)),
    }
}

pub(super) fn email(text: &str) -> Result<Email, Expected> {
    Email::parse(text).map_err(|_refused| Expected("an e-mail address"))
}

/// `on` or `off`.
pub(super) fn switch(text: &str) -> Result<bool, Expected> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Expected("`on` or `off`")),
    }
}

/// A length of time from `least` to `most` seconds.
pub(super) fn length_within(
    text: &str,
    least: i64,
    most: i64,
    expected: &'static str,
) -> Result<SignedDuration, Expected> {
    let length = length::parse(text).map_err(|_refused| Expected(expected))?;
    if (least..=most).contains(&length.as_secs()) { Ok(length) } else { Err(Expected(expected)) }
}

/// Digits only: what `parse` would take beside them (`+5`) is not how people write a number.
pub(super) fn number(text: &str, least: u32, most: u32) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number: u32 = text.parse().ok()?;
    (digits && (least..=most).contains(&number)).then_some(number)
}

/// How many things a second; `None` is no limit.
pub(super) fn per_second(text: &str) -> Result<Option<NonZeroU32>, Expected> {
    if text == "off" {
        return Ok(None);
    }
    let number = number(text, 1, 1000).and_then(NonZeroU32::new);
    number.map(Some).ok_or(Expected("a whole number from 1 to 1000, or `off`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_small_whole_number_or_off() {
        assert_eq!(per_second("off"), Ok(None));
        assert_eq!(per_second("9"), Ok(NonZeroU32::new(9)));
        assert_eq!(per_second("1000"), Ok(NonZeroU32::new(1000)));
        for text in ["0", "1001", "-1", "+1", "1.5", "", "9/s", "99999999999"] {
            assert!(per_second(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_sid_can_be_put_into_a_path() {
        for text in ["AC0123456789abcdef", "AC_test-1"] {
            assert_eq!(sid(text, "AC", "x").as_deref(), Ok(text));
        }
        for text in ["AC", "MG012", "AC01/../x", "AC 1", "ACä", &format!("AC{}", "1".repeat(63))] {
            assert!(sid(text, "AC", "x").is_err(), "{text}");
        }
    }

    #[test]
    fn a_length_keeps_within_its_bounds() {
        let read = |text| length_within(text, 1, 60, "x").map(|length| length.as_secs());

        assert_eq!(read("1s"), Ok(1));
        assert_eq!(read("1m"), Ok(60));
        for text in ["0s", "61s", "5", "soon"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
