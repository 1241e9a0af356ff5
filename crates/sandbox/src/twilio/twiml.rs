//! The little of `TwiML` that answers a text: `<Response>` with `<Message>` inside.

/// Why an answer is not `TwiML`, as a code of Twilio's error catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TwimlError {
    /// 12100: not XML, or not a `<Response>`.
    NotXml,
}

/// The texts of every `<Message>`, in order. An empty document says nothing.
pub(crate) fn messages(document: &str) -> Result<Vec<String>, TwimlError> {
    let document = document.trim();
    if document.is_empty() {
        return Ok(Vec::new());
    }
    let root = document.find("<Response").ok_or(TwimlError::NotXml)?;
    let Some(mut rest) = inside_tag(&document[root..])? else { return Ok(Vec::new()) };
    let mut texts = Vec::new();
    while let Some(at) = find_open(rest, "Message") {
        let Some(inside) = inside_tag(&rest[at..])? else {
            rest = &rest[at + 1..];
            continue;
        };
        let end = inside.find("</Message>").ok_or(TwimlError::NotXml)?;
        texts.push(body(&inside[..end])?);
        rest = &inside[end..];
    }
    Ok(texts)
}

/// Where `<name>`, `<name …>` or `<name/>` begins.
fn find_open(text: &str, name: &str) -> Option<usize> {
    let open = format!("<{name}");
    text.match_indices(&open).map(|(at, _)| at).find(|at| {
        text[at + open.len()..].starts_with(|c: char| c == '>' || c == '/' || c.is_whitespace())
    })
}

/// What follows the tag that `text` begins with; `None` when the tag closes itself.
fn inside_tag(text: &str) -> Result<Option<&str>, TwimlError> {
    let end = text.find('>').ok_or(TwimlError::NotXml)?;
    Ok((!text[..end].ends_with('/')).then(|| &text[end + 1..]))
}

/// The text of a message: its `<Body>`, or what it says directly.
fn body(inside: &str) -> Result<String, TwimlError> {
    let Some(at) = find_open(inside, "Body") else { return Ok(unescape(&without_tags(inside))) };
    let text = inside_tag(&inside[at..])?.unwrap_or_default();
    Ok(unescape(text.split("</Body>").next().unwrap_or_default()))
}

fn without_tags(text: &str) -> String {
    let mut kept = String::new();
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '<' => depth += 1,
            '>' if depth > 0 => depth -= 1,
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.trim();
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        let entity = rest[at + 1..].split_once(';').filter(|(name, _)| name.len() <= 8);
        let known = entity.and_then(|(name, after)| Some((entity_char(name)?, after)));
        let (c, after) = known.unwrap_or(('&', &rest[at + 1..]));
        plain.push(c);
        rest = after;
    }
    plain + rest
}

pub(super) fn entity_char(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_in_order() {
        let document = "<?xml version=\"1.0\"?>\n<Response><Message>One &amp; only</Message>\
                        <Message to=\"+1\"><Body>Two &#8211; &#x263a;</Body></Message></Response>";

        assert_eq!(messages(document), Ok(vec!["One & only".to_owned(), "Two – ☺".to_owned()]));
    }

    #[test]
    fn an_empty_response_says_nothing() {
        assert_eq!(messages("<Response></Response>"), Ok(Vec::new()));
        assert_eq!(messages("<Response/>"), Ok(Vec::new()));
        assert_eq!(messages(""), Ok(Vec::new()));
        assert_eq!(messages("<Response><Message/></Response>"), Ok(Vec::new()));
    }

    #[test]
    fn what_is_not_twiml_is_an_error() {
        assert_eq!(messages("{\"ok\":true}"), Err(TwimlError::NotXml));
        assert_eq!(messages("<Response><Message>cut"), Err(TwimlError::NotXml));
        assert_eq!(messages("<Response"), Err(TwimlError::NotXml));
    }
}
