//! What operators hear of: each incident once when it begins and once when it is over.

use domain::incident::IncidentKind;
use jiff::SignedDuration;
use sandbox::{Fault, FaultKind};
use scenarios::{Database, Given, Scenario, Wish};

const TEN: &str = "2026-12-01T18:00:00Z";
const SLACK: &str = "POST /services/*";
const PAGERDUTY: &str = "POST /v2/enqueue";

scenarios::on_each_database! {
    work_that_is_given_up_is_told_once_on_every_channel_and_once_when_it_is_done,
    a_channel_that_is_down_hears_later_and_the_others_do_not_hear_again,
    after_a_lost_answer_pagerduty_has_one_incident_and_slack_says_that_it_repeats,
    a_webhook_that_is_gone_is_not_asked_for_ever,
    credentials_of_ours_that_texts_are_refused_for_are_told_once_until_they_work,
}

/// A booking whose calendar is no longer configured: work that a person has to look at.
async fn gives_up(scenario: &Scenario) -> String {
    let booking = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    let faults = scenario.sandbox.faults();
    let refused = Fault::error("PATCH /calendar/v3/*", 403);
    faults.add(Fault { count: Some(100), reason: Some("forbidden".to_owned()), ..refused });
    scenario.moves(booking, "2026-12-01T20:00:00Z", std::time::Duration::ZERO).await;
    scenario.runs_for(SignedDuration::from_mins(10)).await;
    scenario.sandbox.faults().clear();
    format!("{}/calendar/{booking}", IncidentKind::JobGivenUp.as_str())
}

async fn tries_again(scenario: &Scenario) {
    let jobs = scenario.app().list_given_up(None, 10).await.expect("the database works");
    let id = jobs.first().expect("a job was given up").id;
    scenario.does(|app| async move { app.retry_job(id).await }).await.expect("it is there");
    scenario.runs_for(SignedDuration::from_mins(1)).await;
}

async fn work_that_is_given_up_is_told_once_on_every_channel_and_once_when_it_is_done(
    database: Database,
) {
    let scenario = Given::on(database).begins().await;

    let key = gives_up(&scenario).await;

    assert_eq!(scenario.paged(), [format!("trigger {key}")]);
    assert_eq!(scenario.said_to_operators(), ["Doorstep: Work was given up"]);
    assert_eq!(scenario.mailed_to_operators(), ["Doorstep: Work was given up"]);
    tries_again(&scenario).await;
    assert_eq!(scenario.paged()[1..], [format!("resolve {key}")]);
    assert_eq!(scenario.said_to_operators()[1..], ["Doorstep, over: Work was given up"]);
    assert_eq!(scenario.mailed_to_operators()[1..], ["Doorstep, over: Work was given up"]);
    scenario.ends().await;
}

async fn a_channel_that_is_down_hears_later_and_the_others_do_not_hear_again(database: Database) {
    let scenario = Given::on(database).begins().await;
    let faults = scenario.sandbox.faults();
    faults.add(Fault { count: Some(1_000), ..Fault::once(SLACK, FaultKind::DropBefore) });
    faults.add(Fault { count: Some(1_000), ..Fault::error("SMTP CONNECT", 421) });

    gives_up(&scenario).await;
    tries_again(&scenario).await;

    // The faults ended with the calendar's: what was missed is told in order.
    scenario.runs_for(SignedDuration::from_mins(30)).await;
    assert_eq!(scenario.paged().len(), 2);
    let both = ["Doorstep: Work was given up", "Doorstep, over: Work was given up"];
    assert_eq!(scenario.said_to_operators(), both);
    assert_eq!(scenario.mailed_to_operators(), both);
    scenario.ends().await;
}

async fn after_a_lost_answer_pagerduty_has_one_incident_and_slack_says_that_it_repeats(
    database: Database,
) {
    let scenario = Given::on(database).begins().await;
    scenario.sandbox.faults().add(Fault::once(SLACK, FaultKind::DropAfter));
    scenario.sandbox.faults().add(Fault::once(PAGERDUTY, FaultKind::DropAfter));

    let key = gives_up(&scenario).await;

    let trigger = format!("trigger {key}");
    assert_eq!(scenario.paged(), [trigger.clone(), trigger], "the key joins them");
    assert_eq!(scenario.sandbox.alerts().open_incidents().len(), 1);
    let said = scenario.sandbox.alerts().slack();
    let repeats: Vec<bool> =
        said.iter().map(|said| said.text.contains("You may have had this message")).collect();
    assert_eq!(repeats, [false, true]);
    tries_again(&scenario).await;
    scenario.ends().await;
}

async fn a_webhook_that_is_gone_is_not_asked_for_ever(database: Database) {
    let scenario = Given::on(database).begins().await;
    let gone = Fault { body: Some("no_service".into()), ..Fault::error(SLACK, 404) };
    scenario.sandbox.faults().add(Fault { count: Some(1_000), ..gone });

    gives_up(&scenario).await;
    scenario.runs_for(SignedDuration::from_hours(1)).await;

    assert_eq!(scenario.sandbox.calls().count(SLACK), 1);
    assert_eq!(scenario.paged().len(), 1);
    tries_again(&scenario).await;
    scenario.ends().await;
}

async fn credentials_of_ours_that_texts_are_refused_for_are_told_once_until_they_work(
    database: Database,
) {
    let scenario = Given::on(database).begins().await;
    let refused = Fault::error("POST /2010-04-01/*/Messages.json", 401);
    let faults = scenario.sandbox.faults();
    faults.add(Fault { count: Some(1_000), reason: Some("20003".to_owned()), ..refused });

    scenario.has_booked(&Wish::at(TEN)).await;
    scenario.runs_for(SignedDuration::from_mins(10)).await;
    assert_eq!(scenario.paged(), ["trigger sms_credentials/twilio"]);
    scenario.sandbox.faults().clear();
    scenario.runs_for(SignedDuration::from_mins(30)).await;

    assert_eq!(scenario.paged()[1..], ["resolve sms_credentials/twilio"]);
    assert_eq!(scenario.news("sms"), ["confirmed"], "what waited goes out");
    scenario.ends().await;
}
