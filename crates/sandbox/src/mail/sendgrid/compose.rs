//! The mail as it would arrive: its parts put together by the provider.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Mailbox, Part, Posted};

/// Headers and body, lines ended by CR LF.
pub(super) fn raw(posted: &Posted, id: &str) -> String {
    let to: Vec<String> = posted.personalizations[0].to.iter().map(shown).collect();
    let mut lines = vec![
        format!("From: {}", shown(&posted.from)),
        format!("To: {}", to.join(", ")),
        format!("Subject: {}", word(&posted.subject)),
        "MIME-Version: 1.0".to_owned(),
    ];
    lines.extend(posted.reply_to.iter().map(|reply_to| format!("Reply-To: {}", shown(reply_to))));
    for (name, value) in &posted.headers {
        let one_line = value.as_str().unwrap_or_default().replace(char::is_control, " ");
        lines.push(format!("{name}: {one_line}"));
    }
    let (outer, inner) = (format!("outer-{id}"), format!("inner-{id}"));
    lines.push(format!("Content-Type: multipart/mixed; boundary=\"{outer}\""));
    lines.extend([String::new(), format!("--{outer}")]);
    lines.push(format!("Content-Type: multipart/alternative; boundary=\"{inner}\""));
    lines.push(String::new());
    for Part { kind, value } in &posted.content {
        let kind =
            if kind.contains("charset") { kind.clone() } else { format!("{kind}; charset=utf-8") };
        lines.extend(encoded(&inner, &kind, &STANDARD.encode(value)));
    }
    lines.push(format!("--{inner}--"));
    for file in &posted.attachments {
        let kind = format!(
            "{}; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"",
            file.kind,
            name = file.filename
        );
        lines.extend(encoded(&outer, &kind, &file.content));
    }
    lines.extend([format!("--{outer}--"), String::new()]);
    lines.join("\r\n")
}

fn encoded(boundary: &str, kind: &str, base64: &str) -> [String; 5] {
    [
        format!("--{boundary}"),
        format!("Content-Type: {kind}"),
        "Content-Transfer-Encoding: base64".to_owned(),
        String::new(),
        base64.to_owned(),
    ]
}

fn shown(mailbox: &Mailbox) -> String {
    match &mailbox.name {
        Some(name) => format!("{} <{}>", word(name), mailbox.email),
        None => mailbox.email.clone(),
    }
}

/// Text in a header, encoded where it is more than plain ASCII (RFC 2047).
fn word(text: &str) -> String {
    let plain = text.is_ascii() && !text.chars().any(char::is_control);
    if plain { text.to_owned() } else { format!("=?utf-8?B?{}?=", STANDARD.encode(text)) }
}
