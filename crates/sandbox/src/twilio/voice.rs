//! The `TwiML` of calls, read strictly: well-formed, and only verbs and attributes that exist.

use super::calls::Gather;

/// What a document has happen in a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Script {
    /// What is said, in order.
    pub(crate) says: Vec<String>,
    /// What is listened for then.
    pub(crate) gather: Option<Gather>,
    /// Whether it ends the call by itself.
    pub(crate) hangs_up: bool,
}

/// Why a document is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VoiceError {
    /// 12100: not XML.
    NotXml,
    /// 12200: a verb or attribute that does not exist, or stands where it may not.
    NotValid,
}

impl VoiceError {
    /// The code of the error catalogue.
    pub(crate) fn code(self) -> u32 {
        match self {
            Self::NotXml => 12_100,
            Self::NotValid => 12_200,
        }
    }
}

/// An element of the document.
#[derive(Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

/// Reads a document.
pub(crate) fn read(document: &str) -> Result<Script, VoiceError> {
    let mut rest = document.trim();
    if let Some(after) = rest.strip_prefix("<?xml") {
        rest = after.split_once("?>").ok_or(VoiceError::NotXml)?.1.trim_start();
    }
    let (root, after) = element(rest, 0)?;
    if !after.trim().is_empty() {
        return Err(VoiceError::NotXml);
    }
    if root.name != "Response" || !root.attributes.is_empty() || !root.text.trim().is_empty() {
        return Err(VoiceError::NotValid);
    }
    let mut script = Script::default();
    for verb in &root.children {
        match verb.name.as_str() {
            "Say" => script.says.push(say(verb)?),
            "Gather" => {
                let (says, gather) = read_gather(verb)?;
                script.says.extend(says);
                script.gather = Some(gather);
            }
            "Hangup" if verb.children.is_empty() && verb.attributes.is_empty() => {
                script.hangs_up = true;
            }
            _ => return Err(VoiceError::NotValid),
        }
    }
    Ok(script)
}

fn say(verb: &Element) -> Result<String, VoiceError> {
    allow(verb, &["voice", "language", "loop"])?;
    if !verb.children.is_empty() {
        return Err(VoiceError::NotValid);
    }
    Ok(verb.text.trim().to_owned())
}

fn read_gather(verb: &Element) -> Result<(Vec<String>, Gather), VoiceError> {
    allow(
        verb,
        &[
            "action",
            "method",
            "input",
            "numDigits",
            "finishOnKey",
            "timeout",
            "speechTimeout",
            "actionOnEmptyResult",
            "language",
            "hints",
            "profanityFilter",
            "speechModel",
            "bargeIn",
        ],
    )?;
    let attribute = |name: &str| {
        verb.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    };
    let action = attribute("action").ok_or(VoiceError::NotValid)?;
    let input = attribute("input").unwrap_or("dtmf");
    if !input.split(' ').all(|kind| matches!(kind, "dtmf" | "speech")) {
        return Err(VoiceError::NotValid);
    }
    let says = verb
        .children
        .iter()
        .map(|child| if child.name == "Say" { say(child) } else { Err(VoiceError::NotValid) });
    let gather = Gather { action: action.to_owned(), speech: input.contains("speech") };
    Ok((says.collect::<Result<_, _>>()?, gather))
}

fn allow(element: &Element, names: &[&str]) -> Result<(), VoiceError> {
    let known = element.attributes.iter().all(|(name, _)| names.contains(&name.as_str()));
    if known { Ok(()) } else { Err(VoiceError::NotValid) }
}

/// The deepest nesting that is read.
const DEEPEST: usize = 8;

/// The element that `text` begins with, and what follows it.
fn element(text: &str, depth: usize) -> Result<(Element, &str), VoiceError> {
    let inside = text.strip_prefix('<').ok_or(VoiceError::NotXml)?;
    if depth > DEEPEST {
        return Err(VoiceError::NotXml);
    }
    let end = end_of_tag(inside)?;
    let (tag, mut rest) = (&inside[..end], &inside[end + 1..]);
    let (tag, closed) = match tag.strip_suffix('/') {
        Some(tag) => (tag, true),
        None => (tag, false),
    };
    let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    if name.is_empty() || !name.chars().all(char::is_alphanumeric) {
        return Err(VoiceError::NotXml);
    }
    let attributes = read_attributes(attributes)?;
    let mut found =
        Element { name: name.to_owned(), attributes, text: String::new(), children: Vec::new() };
    if closed {
        return Ok((found, rest));
    }
    loop {
        let markup = rest.find('<').ok_or(VoiceError::NotXml)?;
        found.text.push_str(&unescaped(&rest[..markup])?);
        rest = &rest[markup..];
        if let Some(after) = rest.strip_prefix("</") {
            let (closing, after) = after.split_once('>').ok_or(VoiceError::NotXml)?;
            return if closing.trim_end() == found.name {
                Ok((found, after))
            } else {
                Err(VoiceError::NotXml)
            };
        }
        let (child, after) = element(rest, depth + 1)?;
        found.children.push(child);
        rest = after;
    }
}

/// Where a tag ends: a `>` in an attribute's value does not end it.
fn end_of_tag(text: &str) -> Result<usize, VoiceError> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return Ok(at),
            '<' => return Err(VoiceError::NotXml),
            _ => {}
        }
    }
    Err(VoiceError::NotXml)
}

fn read_attributes(text: &str) -> Result<Vec<(String, String)>, VoiceError> {
    let mut rest = text.trim();
    let mut attributes: Vec<(String, String)> = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").ok_or(VoiceError::NotXml)?;
        let (value, after) = after.split_once('"').ok_or(VoiceError::NotXml)?;
        if attributes.iter().any(|(known, _)| known == name) {
            return Err(VoiceError::NotXml);
        }
        attributes.push((name.to_owned(), unescaped(value)?));
        rest = after.trim_start();
    }
    Ok(attributes)
}

/// A text without markup. An ampersand that begins no entity is an error.
fn unescaped(text: &str) -> Result<String, VoiceError> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        let (name, after) = rest[at + 1..].split_once(';').ok_or(VoiceError::NotXml)?;
        plain.push(super::twiml::entity_char(name).ok_or(VoiceError::NotXml)?);
        rest = after;
    }
    plain.push_str(rest);
    if plain.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return Err(VoiceError::NotXml);
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_menu_is_read_with_what_it_says_and_where_it_goes() {
        let document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Say>Hello &amp; welcome</Say>\
            <Gather input=\"dtmf speech\" action=\"/next?a=1&amp;b=2\" numDigits=\"1\"><Say language=\"en-US\">Press 1.\
            </Say></Gather></Response>";

        let script = read(document).expect("a document");

        assert_eq!(script.says, ["Hello & welcome", "Press 1."]);
        let gather = Gather { action: "/next?a=1&b=2".to_owned(), speech: true };
        assert_eq!((script.gather, script.hangs_up), (Some(gather), false));
        assert!(read("<Response><Hangup/></Response>").expect("a document").hangs_up);
    }

    #[test]
    fn what_twilio_would_warn_of_is_an_error() {
        use VoiceError::{NotValid, NotXml};
        let table = [
            ("", NotXml),
            ("hello", NotXml),
            ("<Response>", NotXml),
            ("<Response><Say>a</Response></Say>", NotXml),
            ("<Response><Say>Tom & Jerry</Say></Response>", NotXml),
            ("<Response/>junk", NotXml),
            ("<response/>", NotValid),
            ("<Response><say>a</say></Response>", NotValid),
            ("<Response><Say volume=\"3\">a</Say></Response>", NotValid),
            ("<Response><Gather><Say>a</Say></Gather></Response>", NotValid),
            ("<Response><Gather action=\"/x\"><Hangup/></Gather></Response>", NotValid),
            ("<Response>text</Response>", NotValid),
        ];
        for (document, expected) in table {
            assert_eq!(read(document), Err(expected), "{document}");
        }
    }
}
