//! Wildcard patterns over subjects such as `POST /token` or `SMTP DATA`.

/// Whether `subject` matches `pattern`, in which each `*` stands for any run of characters,
/// slashes and the empty run included. Everything else is compared exactly.
pub(crate) fn matches(pattern: &str, subject: &str) -> bool {
    let Some((first, after)) = pattern.split_once('*') else { return pattern == subject };
    let Some(mut rest) = subject.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = after.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_run() {
        assert!(matches("*", "POST /token"));
        assert!(matches("POST /token", "POST /token"));
        assert!(matches("* /token", "POST /token"));
        assert!(matches(
            "POST /calendar/v3/calendars/*/events",
            "POST /calendar/v3/calendars/a@b/events"
        ));
        assert!(matches("GET /a/*/b/*", "GET /a/1/b/2"));
    }

    #[test]
    fn a_pattern_without_a_star_is_the_whole_subject() {
        assert!(!matches("POST /token", "POST /tokens"));
        assert!(!matches("POST /calendars/*/events", "POST /calendars/x/events/1/move"));
        assert!(!matches("aa*aa", "aaa"));
    }
}
