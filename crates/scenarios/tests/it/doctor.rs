//! What the doctor finds, and that it changes nothing.

use app::doctor::{Condition, Finding};
use sandbox::{Fault, FaultKind};
use scenarios::{BOBS, Given, JANE, Scenario};

async fn found(scenario: &Scenario) -> Vec<Finding> {
    scenario.does(|app| async move { app.examine().await }).await.expect("the database works")
}

/// What is bad, but for the public URL, behind which nobody serves here.
async fn bad(scenario: &Scenario) -> Vec<(&'static str, String)> {
    let all = found(scenario).await.into_iter();
    let bad = all.filter(|it| it.condition == Condition::Bad && it.check != "public_url");
    bad.map(|it| (it.check, it.says)).collect()
}

#[tokio::test]
async fn where_all_is_well_it_says_so_and_sends_nothing() {
    let scenario = Scenario::new().await;
    scenario.sandbox.calls().clear();

    let found = found(&scenario).await;

    let good: Vec<&str> =
        found.iter().filter(|it| it.condition == Condition::Good).map(|it| it.check).collect();
    let expected = ["database", "secrets", "google", "clock", "connection", "calendar"];
    assert_eq!(good[..6], expected, "{found:?}");
    assert!(good.ends_with(&["sms", "mail"]), "{found:?}");
    let url = found.iter().find(|it| it.check == "public_url").expect("it is looked at");
    assert_eq!(url.condition, Condition::Bad, "nobody serves there");
    assert!(found.iter().all(|it| it.condition == Condition::Good || it.advice.is_some()));
    assert_eq!(scenario.sandbox.mail().messages().len(), 0);
    assert_eq!(scenario.sandbox.calls().count("POST */Messages.json"), 0);
}

#[tokio::test]
async fn it_tells_a_wrong_secret_of_ours_from_a_grant_that_is_dead() {
    let mut scenario = Scenario::new().await;
    scenario.sandbox.google().revoke_access(JANE);
    let dead = bad(&scenario).await;
    assert_eq!(dead.iter().map(|(check, _)| *check).collect::<Vec<_>>(), ["connection"]);

    scenario.connect("jane", JANE).await;
    scenario.restart_with_client_secret("mistyped").await;

    let ours = bad(&scenario).await;
    assert_eq!(ours[0].0, "google", "{ours:?}");
    assert!(ours[0].1.starts_with("Google says: "), "{ours:?}");
}

#[tokio::test]
async fn it_finds_what_texts_and_mail_would_fail_of() {
    let scenario = Scenario::new().await;
    let faults = scenario.sandbox.faults();
    let texts = Fault::error("GET /2010-04-01/*", 401);
    faults.add(Fault { reason: Some("20003".to_owned()), ..texts });
    faults.add(Fault { status: Some(421), ..Fault::once("SMTP CONNECT", FaultKind::Error) });

    let bad = bad(&scenario).await;

    assert_eq!(bad.iter().map(|(check, _)| *check).collect::<Vec<_>>(), ["sms", "mail"]);
}

#[tokio::test]
async fn a_calendar_whose_account_nobody_connected_is_named_with_what_to_do() {
    let scenario = Given::usual().and(BOBS).begins().await;

    let found = found(&scenario).await;

    let bob = found.iter().find(|it| it.subject.as_deref() == Some("bob-work"));
    let bob = bob.expect("it is looked at");
    assert_eq!(bob.condition, Condition::Bad);
    assert!(bob.advice.as_deref().is_some_and(|advice| advice.contains("connections")));
}
