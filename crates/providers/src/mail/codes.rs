//! What a mail server's refusal asks for.

use crate::error::{ProviderError, Undeliverable};

/// How far the conversation had come when the server refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Name resolution, TCP, TLS and greeting.
    Connect,
    /// Our credentials.
    Login,
    /// `MAIL FROM`: our own address.
    Sender,
    /// `RCPT TO`: the recipient's.
    Recipient,
    /// `DATA`, before any content.
    Data,
    /// The content, and the answer to it.
    Content,
}

/// What a refusal means. The enhanced status (RFC 3463) wins over the reply code, since servers
/// often pick the latter carelessly; a refusal is definite at every stage.
pub(super) fn refusal(stage: Stage, code: u16, text: &str) -> ProviderError {
    let enhanced = enhanced_status(text);
    let reason = match enhanced {
        Some((class, subject, detail)) => format!("{class}.{subject}.{detail}"),
        None => code.to_string(),
    };
    let permanent = enhanced.map_or(code >= 500, |(class, _, _)| class == 5);
    let undeliverable = |cause, reason| ProviderError::Undeliverable { cause, reason };

    if !permanent {
        return ProviderError::TryLater { reason };
    }
    match (stage, enhanced, code) {
        (Stage::Login, _, _) => ProviderError::ClientCredentials { reason },
        (Stage::Connect | Stage::Sender, _, _) | (_, Some((_, 1, 7 | 8)), _) => {
            ProviderError::Misconfigured { reason }
        }
        (_, Some((_, 7, 20..=26)), _) => ProviderError::Misconfigured { reason },
        // A full mailbox gets emptied.
        (_, Some((_, 2, 2) | (_, 3 | 4, 0..=3 | 5..)), _) | (Stage::Recipient, None, 552) => {
            ProviderError::TryLater { reason }
        }
        (_, Some((_, 1, _) | (_, 2, 0 | 1) | (_, 7, 27)), _)
        | (Stage::Recipient, None | Some((_, 0, _)), 550 | 551 | 553) => {
            undeliverable(Undeliverable::BadAddress, reason)
        }
        (_, Some((_, 2, 3) | (_, 3, 4) | (_, 6 | 7, _)), _)
        | (Stage::Data | Stage::Content, None, 550 | 552 | 554) => {
            undeliverable(Undeliverable::Filtered, reason)
        }
        (Stage::Recipient | Stage::Data | Stage::Content, _, _) => {
            ProviderError::Refused { status: code, reason, message: text.to_owned() }
        }
    }
}

/// `x.y.z` at the start of the text.
fn enhanced_status(text: &str) -> Option<(u16, u16, u16)> {
    let word = text.split_ascii_whitespace().next()?;
    let mut parts = word.split('.').map(|part| part.parse::<u16>().ok());
    let status = (parts.next()??, parts.next()??, parts.next()??);
    (parts.next().is_none() && matches!(status.0, 4 | 5)).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(stage: Stage, code: u16, text: &str) -> String {
        let error = refusal(stage, code, text);
        if let ProviderError::Undeliverable { cause, .. } = error {
            return format!("{cause:?}");
        }
        format!("{error:?}").split([' ', '(']).next().unwrap_or_default().to_owned()
    }

    #[test]
    fn refusals_are_sorted_by_stage_and_code() {
        use Stage::{Connect, Content, Login, Recipient, Sender};
        let table = [
            (Connect, 421, "4.3.2 going down", "TryLater"),
            (Connect, 554, "no service", "Misconfigured"),
            (Login, 535, "5.7.8 bad credentials", "ClientCredentials"),
            (Login, 454, "4.7.0 try later", "TryLater"),
            (Sender, 550, "5.7.1 sender not allowed", "Misconfigured"),
            (Sender, 530, "5.7.0 must issue STARTTLS", "Misconfigured"),
            (Recipient, 550, "5.1.1 no such user", "BadAddress"),
            (Recipient, 556, "5.1.10 null MX", "BadAddress"),
            (Recipient, 550, "no such user", "BadAddress"),
            (Recipient, 552, "mailbox full", "TryLater"),
            (Recipient, 552, "5.2.2 mailbox full", "TryLater"),
            (Recipient, 450, "4.2.1 mailbox disabled", "TryLater"),
            (Recipient, 550, "5.2.1 mailbox disabled", "BadAddress"),
            (Recipient, 451, "4.7.1 greylisted", "TryLater"),
            (Recipient, 550, "4.7.1 greylisted, wrong reply code", "TryLater"),
            (Recipient, 450, "5.1.1 wrong reply code", "BadAddress"),
            (Recipient, 550, "5.7.1 relaying denied", "Filtered"),
            (Recipient, 503, "5.5.1 bad sequence", "Refused"),
            (Content, 552, "5.3.4 too large", "Filtered"),
            (Content, 554, "5.7.1 policy", "Filtered"),
            (Content, 550, "5.7.26 unauthenticated", "Misconfigured"),
            (Content, 554, "looks like spam", "Filtered"),
            (Content, 451, "local error", "TryLater"),
            (Content, 500, "what?", "Refused"),
        ];
        for (stage, code, text, expected) in table {
            assert_eq!(seen(stage, code, text), expected, "{stage:?} {code} {text}");
        }
    }

    #[test]
    fn only_a_whole_status_at_the_start_counts() {
        for text in ["", "5.1", "5.1.1.1 x", "2.1.5 ok", "see 5.1.1", "5.a.1"] {
            assert_eq!(enhanced_status(text), None, "{text}");
        }
        assert_eq!(enhanced_status("5.1.10 null MX"), Some((5, 1, 10)));
    }
}
