//! Writing iCalendar (RFC 5545): the `.ics` that goes with a mail and behind "add to calendar".

use jiff::Timestamp;

use crate::time::Interval;

/// What the object is for (RFC 5546).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// For information: the invitation itself comes from the calendar's provider.
    Publish,
    /// Come, or note the change.
    Request,
    /// The event is called off.
    Cancel,
}

impl Method {
    /// The method's name in `METHOD` and in the MIME type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// One event of an iCalendar object.
#[derive(Debug, Clone)]
pub struct Object<'a> {
    /// What it is for.
    pub method: Method,
    /// The same for every version of one event.
    pub uid: &'a str,
    /// Rises with every version.
    pub sequence: i64,
    /// When this version was made.
    pub stamp: Timestamp,
    /// When it takes place; written in UTC.
    pub slot: Interval,
    /// The event's title.
    pub summary: &'a str,
    /// Where.
    pub location: Option<&'a str>,
    /// Plain text.
    pub description: &'a str,
    /// The organizer; REQUEST and CANCEL need one.
    pub organizer: Option<Party<'a>>,
    /// Whom it is sent to; REQUEST and CANCEL need one. Nobody learns of the others.
    pub attendee: Option<Party<'a>>,
}

/// Somebody with a part in an event.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// What they are called.
    pub name: &'a str,
    /// Their mail address.
    pub address: &'a str,
}

/// The object's text, with CR LF line ends and lines folded at 75 octets.
pub fn write(object: &Object<'_>) -> String {
    let status = match object.method {
        Method::Publish | Method::Request => "CONFIRMED",
        Method::Cancel => "CANCELLED",
    };
    let mut text = String::new();
    let mut line = |content: &str| fold(&mut text, content);
    line("BEGIN:VCALENDAR");
    line("VERSION:2.0");
    line("PRODID:-//Doorstep//Booking//EN");
    line(&format!("METHOD:{}", object.method.as_str()));
    line("BEGIN:VEVENT");
    line(&format!("UID:{}", object.uid));
    line(&format!("SEQUENCE:{}", object.sequence));
    line(&format!("DTSTAMP:{}", utc(object.stamp)));
    line(&format!("DTSTART:{}", utc(object.slot.start())));
    line(&format!("DTEND:{}", utc(object.slot.end())));
    line(&format!("SUMMARY:{}", escaped(object.summary)));
    if let Some(location) = object.location {
        line(&format!("LOCATION:{}", escaped(location)));
    }
    line(&format!("DESCRIPTION:{}", escaped(object.description)));
    if let Some(organizer) = object.organizer {
        line(&format!("ORGANIZER;{}", party(organizer)));
    }
    if let Some(attendee) = object.attendee {
        let answer = match object.method {
            Method::Request => ";PARTSTAT=NEEDS-ACTION;RSVP=TRUE",
            Method::Publish | Method::Cancel => "",
        };
        line(&format!("ATTENDEE;ROLE=REQ-PARTICIPANT{answer};{}", party(attendee)));
    }
    line(&format!("STATUS:{status}"));
    line("END:VEVENT");
    line("END:VCALENDAR");
    text
}

/// A quoted parameter may hold neither quotes nor control characters (3.2).
fn party(party: Party<'_>) -> String {
    let name: String = party.name.chars().filter(|c| !c.is_control()).collect();
    format!("CN=\"{}\":mailto:{}", name.replace('"', "'"), party.address)
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// TEXT values escape backslash, semicolon, comma and line breaks (3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// No line is longer than 75 octets; a continuation begins with a space (3.1). Never splits a character.
fn fold(text: &mut String, content: &str) {
    let mut room = 75;
    for c in content.chars() {
        if c.len_utf8() > room {
            text.push_str("\r\n ");
            room = 74;
        }
        room -= c.len_utf8();
        text.push(c);
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(summary: &str) -> String {
        let start: Timestamp = "2026-12-03T21:30:00Z".parse().expect("an instant");
        let slot =
            Interval::starting(start, jiff::SignedDuration::from_mins(30)).expect("not empty");
        write(&Object {
            method: Method::Publish,
            uid: "5f0c@google.com",
            sequence: 2,
            stamp: start,
            slot,
            summary,
            location: Some("123 Main St, Los Angeles; back door"),
            description: "First\nSecond",
            organizer: None,
            attendee: None,
        })
    }

    #[test]
    fn an_invitation_names_organizer_and_attendee_and_asks_for_an_answer() {
        let start: Timestamp = "2026-12-03T21:30:00Z".parse().expect("an instant");
        let slot = Interval::starting(start, jiff::SignedDuration::from_mins(30));
        let object = |method| Object {
            method,
            uid: "bkg_1@book.example",
            sequence: 3,
            stamp: start,
            slot: slot.expect("not empty"),
            summary: "Viewing",
            location: None,
            description: "Viewing",
            organizer: Some(Party { name: "Jane \"JJ\" Agent", address: "jane@agency.example" }),
            attendee: Some(Party { name: "Dana\r\nX:y", address: "dana@example.com" }),
        };
        let unfolded = |method| write(&object(method)).replace("\r\n ", "");

        let invited = unfolded(Method::Request);
        assert!(
            invited.contains("\r\nORGANIZER;CN=\"Jane 'JJ' Agent\":mailto:jane@agency.example\r\n")
        );
        assert!(invited.contains(
            "\r\nATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=\"DanaX:y\":mailto:dana@example.com\r\n"
        ));
        let off = unfolded(Method::Cancel);
        assert!(off.contains("\r\nMETHOD:CANCEL\r\n") && off.contains("\r\nSTATUS:CANCELLED\r\n"));
        assert!(off.contains(
            "\r\nATTENDEE;ROLE=REQ-PARTICIPANT;CN=\"DanaX:y\":mailto:dana@example.com\r\n"
        ));
    }

    #[test]
    fn text_is_escaped_and_times_are_utc() {
        let text = object("Viewing");

        assert!(text.contains("\r\nDTSTART:20261203T213000Z\r\nDTEND:20261203T220000Z\r\n"));
        assert!(text.contains("\r\nLOCATION:123 Main St\\, Los Angeles\\; back door\r\n"));
        assert!(text.contains("\r\nDESCRIPTION:First\\nSecond\r\n"));
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        let text = object(&"Besichtigung für Gäste 🏡 ".repeat(8));

        assert!(text.split("\r\n").all(|line| line.len() <= 75));
        assert!(text.replace("\r\n ", "").contains(&"Besichtigung für Gäste 🏡 ".repeat(8)));
    }

    #[test]
    fn a_line_break_cannot_smuggle_a_property_in() {
        let text = object("Viewing\r\nATTENDEE:mailto:eve@example.com");

        assert!(!text.contains("\r\nATTENDEE"));
    }
}
