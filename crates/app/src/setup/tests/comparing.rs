//! The differences between two setups.

use serde_json::json;

use super::samples::{documents, documents_with};
use crate::setup::{Documents, Kind, diff, render};

#[test]
fn equal_setups_have_no_difference() {
    assert_eq!(render(&diff(&documents(), &documents())), "");
}

#[test]
fn what_is_new_gone_or_changed_is_told_by_kind_and_slug() {
    let mut before = documents();
    before.calendars.clear();
    let mut after =
        documents_with(Kind::Service, &json!({ "duration": "45m", "location": "Here" }));
    after.sources.clear();

    let told = render(&diff(&before, &after));

    let expected = "\
+ calendar jane-work
~ service viewing
    duration: \"30m\" → \"45m\"
    location: (none) → \"Here\"
- source website
";
    assert_eq!(told, expected);
}

#[test]
fn a_secret_changes_without_being_shown() {
    let verify = json!({ "header": "X-Form-Secret", "secret": "abracadabra" });
    let after = documents_with(Kind::Source, &json!({ "verify": verify }));

    let differences = diff(&documents(), &after);

    assert_eq!(render(&differences), "~ source website\n    verify: the secret changes\n");
    assert!(!format!("{differences:?}").contains("abracadabra"));
    assert!(!format!("{after:?}").contains("abracadabra"));
}

#[test]
fn everything_of_a_first_setup_is_new() {
    let differences = diff(&Documents::default(), &documents());

    let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["+ host jane", "+ calendar jane-work", "+ service viewing", "+ source website"]
    );
}
