//! Lengths of time as people write them in the setup file: `45s`, `30m`, `2h`, `60d`, `1h30m`.

use jiff::SignedDuration;

/// Why a text is not a length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a length is written like 45s, 30m, 2h, 60d or 1h30m, up to ten years")]
pub struct LengthError;

const TEN_YEARS_SECONDS: i64 = 10 * 366 * 86_400;

/// Reads a length. Zero is `0m`; a day is 24 hours.
pub fn parse(text: &str) -> Result<SignedDuration, LengthError> {
    if text.is_empty() || text.len() > 32 {
        return Err(LengthError);
    }
    let mut rest = text;
    let mut seconds: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest[..digits].parse().map_err(|_| LengthError)?;
        let unit = match rest.as_bytes().get(digits) {
            Some(b's') => 1,
            Some(b'm') => 60,
            Some(b'h') => 3_600,
            Some(b'd') => 86_400,
            _ => return Err(LengthError),
        };
        seconds =
            number.checked_mul(unit).and_then(|n| n.checked_add(seconds)).ok_or(LengthError)?;
        rest = &rest[digits + 1..];
    }
    if seconds > TEN_YEARS_SECONDS {
        Err(LengthError)
    } else {
        Ok(SignedDuration::from_secs(seconds))
    }
}

/// Writes a length with the largest unit that divides it: what [`parse`] reads back.
pub fn format(length: SignedDuration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0 => "0m".to_owned(),
        n if n % 86_400 == 0 => format!("{}d", n / 86_400),
        n if n % 3_600 == 0 => format!("{}h", n / 3_600),
        n if n % 60 == 0 => format!("{}m", n / 60),
        n => format!("{n}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written_back() {
        for (text, seconds, canonical) in [
            ("0m", 0, "0m"),
            ("45s", 45, "45s"),
            ("30m", 1_800, "30m"),
            ("1h30m", 5_400, "90m"),
            ("24h", 86_400, "1d"),
            ("60d", 5_184_000, "60d"),
        ] {
            let length = parse(text).expect(text);
            assert_eq!(length.as_secs(), seconds, "{text}");
            assert_eq!(format(length), canonical);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "30", "m", "-5m", "1.5h", "5 m", "5w", "99999999999999999999d", "9999d", "½h"]
        {
            assert_eq!(parse(text), Err(LengthError), "{text}");
        }
    }
}
