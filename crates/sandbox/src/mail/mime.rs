//! Reading a mail: headers, encoded words, the tree of parts, transfer encodings.
//!
//! Lenient on purpose. What cannot be read is shown as it came: a sandbox that refused a mail
//! would hide the fault it is there to show.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// How deep parts may nest before the rest is shown as one file.
const DEEPEST: usize = 16;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a person sees of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The first `text/plain` part.
    pub text: Option<String>,
    /// The first `text/html` part.
    pub html: Option<String>,
    /// The calendar invitation (`text/calendar`), with its `Content-Type`'s `method` upper-cased.
    pub calendar: Option<(Option<String>, String)>,
    /// Everything else, and every part that says it is an attachment.
    pub attachments: Vec<Attachment>,
}

/// A file that came with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name; `part` where it has none.
    pub filename: String,
    /// Its media type without parameters, in lower case.
    pub content_type: String,
    /// Its decoded content.
    pub bytes: Vec<u8>,
}

impl Attachment {
    /// The content of a text file; `None` for anything else.
    pub fn text(&self) -> Option<String> {
        let readable =
            self.content_type.starts_with("text/") || self.content_type == "application/ics";
        readable.then(|| String::from_utf8_lossy(&self.bytes).into_owned())
    }
}

/// Every header of `raw` in order, unfolded and decoded.
pub(super) fn headers(raw: &str) -> Vec<(String, String)> {
    let (head, _) = split(raw);
    let mut lines: Vec<String> = Vec::new();
    for line in head.lines() {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            Some(_) | None => lines.push(line.to_owned()),
        }
    }
    let pairs = lines.iter().filter_map(|line| line.split_once(':'));
    pairs.map(|(name, value)| (name.trim().to_owned(), decode_words(value.trim()))).collect()
}

/// Reads the parts of a mail.
pub(super) fn content(raw: &str) -> Content {
    let mut content = Content::default();
    collect(raw, 0, &mut content);
    content
}

fn split(raw: &str) -> (&str, &str) {
    raw.split_once("\r\n\r\n").or_else(|| raw.split_once("\n\n")).unwrap_or((raw, ""))
}

/// A header such as `text/plain; charset=utf-8`, taken apart.
struct Field {
    value: String,
    parameters: Vec<(String, String)>,
}

impl Field {
    fn read(headers: &[(String, String)], name: &str, usual: &str) -> Self {
        let found = headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        let text = found.map_or(usual, |(_, value)| value);
        let mut pieces = text.split(';').map(str::trim);
        let value = pieces.next().unwrap_or_default().to_ascii_lowercase();
        let parameters = pieces.filter_map(|piece| {
            let (name, value) = piece.split_once('=')?;
            Some((name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned()))
        });
        Self { value, parameters: parameters.collect() }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

fn collect(raw: &str, depth: usize, content: &mut Content) {
    let headers = headers(raw);
    let kind = Field::read(&headers, "Content-Type", "text/plain");
    let (_, body) = split(raw);
    if let Some(boundary) = kind.parameter("boundary")
        && kind.value.starts_with("multipart/")
        && depth < DEEPEST
    {
        for part in parts(body, boundary) {
            collect(part, depth + 1, content);
        }
        return;
    }
    let encoding = Field::read(&headers, "Content-Transfer-Encoding", "7bit").value;
    let bytes = decode_body(body, &encoding);
    let disposition = Field::read(&headers, "Content-Disposition", "inline");
    let filename = disposition.parameter("filename").or_else(|| kind.parameter("name"));
    let attached = disposition.value == "attachment";
    let text = || decode_charset(&bytes, kind.parameter("charset").unwrap_or("utf-8"));
    match kind.value.as_str() {
        "text/plain" if !attached && content.text.is_none() => content.text = Some(text()),
        "text/html" if !attached && content.html.is_none() => content.html = Some(text()),
        "text/calendar" if !attached && content.calendar.is_none() => {
            content.calendar = Some((kind.parameter("method").map(str::to_uppercase), text()));
        }
        _ => {
            let filename = filename.unwrap_or("part").to_owned();
            content.attachments.push(Attachment { filename, content_type: kind.value, bytes });
        }
    }
}

/// The parts between the boundary's lines, without the line break that belongs to the boundary.
fn parts<'a>(body: &'a str, boundary: &str) -> Vec<&'a str> {
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut start: Option<usize> = None;
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        if line.trim_end().strip_suffix("--").unwrap_or(line.trim_end()) == delimiter {
            if let Some(start) = start {
                let part = &body[start..at];
                parts.push(
                    part.strip_suffix("\r\n").or_else(|| part.strip_suffix('\n')).unwrap_or(part),
                );
            }
            start = Some(at + line.len());
        }
        at += line.len();
    }
    parts
}

fn decode_body(body: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "base64" => {
            let packed: String = body.split_ascii_whitespace().collect();
            LENIENT.decode(packed).unwrap_or_else(|_| body.as_bytes().to_vec())
        }
        "quoted-printable" => decode_quoted(body, false),
        _ => body.as_bytes().to_vec(),
    }
}

/// Quoted-printable; in an encoded word (`in_header`) an underscore is a space.
fn decode_quoted(text: &str, in_header: bool) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'=' if after.starts_with(b"\r\n") => rest = &after[2..],
            b'=' if after.starts_with(b"\n") => rest = &after[1..],
            b'=' => match after.get(..2).and_then(hex) {
                Some(byte) => {
                    decoded.push(byte);
                    rest = &after[2..];
                }
                None => decoded.push(b'='),
            },
            b'_' if in_header => decoded.push(b' '),
            _ => decoded.push(byte),
        }
    }
    decoded
}

fn hex(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn decode_charset(bytes: &[u8], charset: &str) -> String {
    if ["iso-8859-1", "latin1", "windows-1252"].contains(&charset.to_ascii_lowercase().as_str()) {
        return bytes.iter().map(|byte| char::from(*byte)).collect();
    }
    String::from_utf8_lossy(bytes).into_owned()
}

/// RFC 2047: `=?charset?B|Q?text?=`, with the space between two encoded words left out.
fn decode_words(text: &str) -> String {
    let mut decoded = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some(at) = rest.find("=?") {
        let (before, word) = rest.split_at(at);
        if !(after_word && before.trim().is_empty()) {
            decoded.push_str(before);
        }
        let Some((value, after)) = decode_word(&word[2..]) else {
            decoded.push_str("=?");
            rest = &word[2..];
            after_word = false;
            continue;
        };
        decoded.push_str(&value);
        rest = after;
        after_word = true;
    }
    decoded + rest
}

fn decode_word(word: &str) -> Option<(String, &str)> {
    let (charset, rest) = word.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (text, after) = rest.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => LENIENT.decode(text).ok()?,
        "Q" | "q" => decode_quoted(text, true),
        _ => return None,
    };
    Some((decode_charset(&bytes, charset), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITATION: &str = "Subject: =?utf-8?q?Besichtigung_f=C3=BCr?=\r\n =?UTF-8?B?IFpvw6s=?=\r\n\
        Content-Type: multipart/mixed; boundary=\"outer\"\r\n\r\n\
        --outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n\
        --inner\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=\r\n=C3=9Fe\r\n\
        --inner\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>\r\n\
        --inner\r\nContent-Type: text/calendar; method=request\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nQkVHSU46VkNBTEVOREFS\r\n\
        --inner--\r\n\
        --outer\r\nContent-Type: application/ics; name=\"invite.ics\"\r\n\
        Content-Disposition: attachment; filename=\"invite.ics\"\r\n\r\nBEGIN:VCALENDAR\r\n\
        --outer--\r\n";

    #[test]
    fn an_invitation_is_taken_apart() {
        let content = content(INVITATION);

        assert_eq!(content.text.as_deref(), Some("Grüße"));
        assert_eq!(content.html.as_deref(), Some("<p>Hi</p>"));
        assert_eq!(
            content.calendar,
            Some((Some("REQUEST".to_owned()), "BEGIN:VCALENDAR".to_owned()))
        );
        let names: Vec<&str> = content.attachments.iter().map(|a| a.filename.as_str()).collect();
        assert_eq!(names, ["invite.ics"]);
        assert_eq!(content.attachments[0].text().as_deref(), Some("BEGIN:VCALENDAR"));
    }

    #[test]
    fn encoded_words_are_decoded_and_joined() {
        assert_eq!(headers(INVITATION)[0].1, "Besichtigung für Zoë");
        assert_eq!(decode_words("plain =? text"), "plain =? text");
    }

    #[test]
    fn what_is_not_a_mail_is_shown_as_text() {
        assert_eq!(content("no headers here").text.as_deref(), Some(""));
        assert_eq!(content("A: b\r\n\r\nhello").text.as_deref(), Some("hello"));
    }
}
