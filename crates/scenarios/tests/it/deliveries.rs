//! What becomes of texts and calls after the provider has taken them.

use app::conversation::{AnsweredBy, CallAnswer, CallRequest, Input, Listen};
use app::notification::{CallReport, Report};
use domain::MessageId;
use jiff::SignedDuration;
use sandbox::twilio::Text;
use scenarios::{Database, Given, Scenario, Wish, phone_of};
use serde_json::json;
use store::booking::StoredBooking;

const BO: &str = "Bo Lead";
/// Tuesday at ten in Los Angeles.
const TEN: &str = "2026-12-01T18:00:00Z";

scenarios::on_each_database! {
    what_a_failure_means_decides_what_follows,
    a_number_that_takes_no_texts_is_not_texted_about_other_bookings,
    reports_out_of_order_and_twice_move_a_text_forward_only,
    a_text_that_did_not_arrive_is_not_sent_again_when_something_newer_was,
    a_call_of_ours_says_the_news_and_takes_a_choice,
    a_call_is_in_the_language_of_whoever_booked,
    a_machine_is_left_a_message_without_choices_or_anything_personal,
    a_call_that_nobody_takes_is_repeated_and_then_a_text_takes_over,
    nobody_is_called_at_night,
    a_caller_moves_to_one_of_three_times_that_are_kept,
    a_caller_cancels_by_speech_after_a_second_word,
    silence_and_wrong_keys_are_answered_and_end_the_call_after_the_third,
    a_repeated_request_of_a_call_is_obeyed_once,
    a_stranger_is_known_by_a_booking_code,
}

async fn texted(database: Database, messages: &str) -> (Scenario, StoredBooking) {
    let scenario = Given::on(database).rule(&format!("messages = {messages}")).begins().await;
    let stored = scenario.has_booked(&Wish::at(TEN)).await;
    (scenario, stored)
}

fn texts(scenario: &Scenario) -> Vec<Text> {
    scenario.sandbox.twilio().texts_to(&phone_of(BO))
}

/// The attempt that an address names.
fn message_in(url: &str) -> MessageId {
    url.rsplit_once('=').expect("a query").1.parse().expect("an attempt")
}

async fn reports(scenario: &Scenario, text: &Text, status: &str, code: Option<&str>) -> bool {
    let report = Report {
        message: message_in(text.status_callback.as_deref().expect("an address")),
        provider_id: text.sid.clone(),
        recipient: Some(text.to.clone()),
        status: status.to_owned(),
        error_code: code.map(str::to_owned),
        payload: json!({ "MessageStatus": status }),
    };
    let noted = scenario.does(|app| async move { app.message_reported(report).await }).await;
    noted.expect("the database works")
}

/// Rows: the provider's code, how often it is texted in all, and what the mail says then.
async fn what_a_failure_means_decides_what_follows(database: Database) {
    let table: [(&str, usize, &[&str]); 8] = [
        ("30004", 1, &["confirmed"]),
        ("21610", 1, &["confirmed"]),
        ("30005", 1, &["confirmed"]),
        ("30006", 1, &["confirmed"]),
        ("30007", 1, &["confirmed"]),
        ("30003", 3, &["confirmed"]),
        ("30034", 3, &["confirmed"]),
        ("99999", 3, &["confirmed"]),
    ];
    for (code, tries, mails) in table {
        let (scenario, _) = texted(database, "[\"sms\"]").await;

        let mut reported = 0;
        while reported < texts(&scenario).len() {
            let text = texts(&scenario)[reported].clone();
            assert!(reports(&scenario, &text, "undelivered", Some(code)).await, "{code}");
            reported += 1;
            scenario.runs_for(SignedDuration::from_mins(31)).await;
        }

        assert_eq!(reported, tries, "{code}");
        assert_eq!(scenario.news("email"), mails, "{code}");
    }
}

async fn a_number_that_takes_no_texts_is_not_texted_about_other_bookings(database: Database) {
    let (scenario, _) = texted(database, "[\"sms\", \"email\"]").await;
    let text = texts(&scenario)[0].clone();
    reports(&scenario, &text, "undelivered", Some("30006")).await;

    scenario.has_booked(&Wish::at("2026-12-01T20:00:00Z")).await;

    assert_eq!(scenario.news("sms"), ["confirmed"]);
    assert_eq!(scenario.news("email"), ["confirmed", "confirmed"]);
}

async fn reports_out_of_order_and_twice_move_a_text_forward_only(database: Database) {
    let (scenario, stored) = texted(database, "[\"sms\", \"email\"]").await;
    let text = texts(&scenario)[0].clone();

    let mut noted = Vec::new();
    for status in ["delivered", "sent", "delivered", "queued", "undelivered"] {
        noted.push(reports(&scenario, &text, status, None).await);
    }
    scenario.runs_for(SignedDuration::from_hours(1)).await;

    assert_eq!(noted, [true, false, false, false, false]);
    let id = stored.booking.id;
    let messages = scenario.does(|app| async move { app.messages(id).await }).await;
    let messages = messages.expect("the database works");
    let text = messages.iter().find(|message| message.channel == "sms");
    assert_eq!(text.map(|text| text.state.as_str()), Some("delivered"));
    assert_eq!(texts(&scenario).len(), 1);
    scenario.ends().await;
}

async fn a_text_that_did_not_arrive_is_not_sent_again_when_something_newer_was(database: Database) {
    let (scenario, stored) = texted(database, "[\"sms\"]").await;
    let first = texts(&scenario)[0].clone();
    scenario.cancels(stored.booking.id).await;
    scenario.runs_jobs().await;

    reports(&scenario, &first, "undelivered", Some("30003")).await;
    scenario.runs_for(SignedDuration::from_hours(2)).await;

    assert_eq!(scenario.news("sms"), ["confirmed", "cancelled"]);
}

async fn called(database: Database) -> (Scenario, StoredBooking) {
    let (scenario, stored) = texted(database, "[\"voice\"]").await;
    assert_eq!(scenario.sandbox.twilio().calls().len(), 1);
    (scenario, stored)
}

fn last_call(scenario: &Scenario) -> sandbox::twilio::PhoneCall {
    scenario.sandbox.twilio().calls().pop().expect("a call was placed")
}

fn last_message(scenario: &Scenario) -> MessageId {
    let sql = "select id from messages where channel = 'voice' order by id desc limit 1";
    let mut attempt = scenario.looks(sql).pop().expect("there is an attempt");
    MessageId::new(attempt.take().expect("an id"))
}

async fn call_ends(scenario: &Scenario, status: &str) {
    let report = CallReport {
        message: last_message(scenario),
        provider_id: last_call(scenario).sid,
        status: status.to_owned(),
        payload: json!({ "CallStatus": status }),
    };
    let noted = scenario.does(|app| async move { app.call_reported(report).await }).await;
    assert!(noted.expect("the database works"), "{status}");
}

async fn is_taken(scenario: &Scenario, by: AnsweredBy) -> CallAnswer {
    let (request, message) =
        (request(&last_call(scenario).sid, 0, Input::Silence), last_message(scenario));
    let taken =
        scenario.does(|app| async move { app.call_taken(request, message, by).await }).await;
    taken.expect("the database works").expect("it is ours")
}

fn request(sid: &str, step: i64, input: Input) -> CallRequest {
    CallRequest { sid: sid.to_owned(), phone: Some(phone_of(BO)), step, input }
}

async fn says(scenario: &Scenario, sid: &str, step: i64, input: Input) -> CallAnswer {
    let request = request(sid, step, input);
    let answer = scenario.does(|app| async move { app.caller_speaks(request).await }).await;
    answer.expect("the database works")
}

fn keys(keys: &str) -> Input {
    Input::Keys(keys.to_owned())
}

async fn a_call_of_ours_says_the_news_and_takes_a_choice(database: Database) {
    let (scenario, stored) = called(database).await;
    let sid = last_call(&scenario).sid;

    let hello = is_taken(&scenario, AnsweredBy::Person).await;
    let thanks = says(&scenario, &sid, hello.next, keys("1")).await;

    assert!(hello.says.prompt.starts_with("Hello. Your appointment is confirmed: Open house"));
    assert!(hello.says.prompt.contains("New York time"), "{}", hello.says.prompt);
    assert_eq!(hello.says.listen, Some(Listen::Choice));
    assert!(thanks.says.prompt.starts_with("Thank you."), "{}", thanks.says.prompt);
    assert_eq!(thanks.says.listen, None);
    let attending = scenario.booking(stored.booking.id).await.attending;
    assert_eq!(attending[0].channel, "voice");
}

async fn a_call_is_in_the_language_of_whoever_booked(database: Database) {
    let given = Given::on(database).rule("messages = [\"voice\"]");
    let scenario = given.begins().await;
    let stored = scenario.has_booked(&Wish::at(TEN).speaking("es")).await;
    let sid = last_call(&scenario).sid;

    let machine = is_taken(&scenario, AnsweredBy::Machine).await.says;
    let hello = is_taken(&scenario, AnsweredBy::Person).await;
    let thanks = says(&scenario, &sid, hello.next, Input::Speech("confirmar".to_owned())).await;

    assert!(machine.prompt.starts_with("Hola. Este es un mensaje"), "{}", machine.prompt);
    let heard = &hello.says.prompt;
    assert!(heard.starts_with("Hola. Su cita está confirmada: Open house"), "{heard}");
    assert!(heard.contains("martes 1 de diciembre, a las 13:00, hora de New York"), "{heard}");
    assert!(heard.contains("pulse 1, o diga confirmar"), "{heard}");
    assert_eq!(hello.says.language, domain::Language::Spanish);
    assert!(thanks.says.prompt.starts_with("Gracias. "), "{}", thanks.says.prompt);
    assert_eq!(scenario.booking(stored.booking.id).await.attending[0].channel, "voice");
}

async fn a_machine_is_left_a_message_without_choices_or_anything_personal(database: Database) {
    let (scenario, _) = called(database).await;

    let left = is_taken(&scenario, AnsweredBy::Machine).await.says;

    assert_eq!((left.lead, left.listen), (None, None));
    for personal in ["Bo", "Main St", "December", "press"] {
        assert!(!left.prompt.contains(personal), "{}", left.prompt);
    }
}

async fn a_call_that_nobody_takes_is_repeated_and_then_a_text_takes_over(database: Database) {
    let (scenario, _) = called(database).await;

    call_ends(&scenario, "busy").await;
    scenario.runs_for(SignedDuration::from_mins(6)).await;
    let after_busy = scenario.sandbox.twilio().calls().len();
    call_ends(&scenario, "no-answer").await;
    scenario.runs_for(SignedDuration::from_mins(31)).await;
    let after_no_answer = scenario.sandbox.twilio().calls().len();
    call_ends(&scenario, "no-answer").await;
    scenario.runs_for(SignedDuration::from_mins(31)).await;

    assert_eq!((after_busy, after_no_answer), (2, 3));
    assert_eq!(scenario.sandbox.twilio().calls().len(), 3);
    assert_eq!(scenario.news("sms"), ["confirmed"]);
}

async fn nobody_is_called_at_night(database: Database) {
    let scenario = Given::on(database).rule("messages = [\"voice\"]").begins().await;
    scenario.clock.advance(SignedDuration::from_hours(11)); // Ten in the evening where Bo is.

    scenario.has_booked(&Wish::at("2026-12-02T18:00:00Z")).await;
    let at_night = scenario.sandbox.twilio().calls().len();
    scenario.runs_for(SignedDuration::from_hours(10)).await;

    assert_eq!(at_night, 0);
    assert_eq!(scenario.sandbox.twilio().calls().len(), 1);
}

/// Calls us, and goes on with these inputs; the prompts that are heard.
async fn calls_in(scenario: &Scenario, sid: &str, inputs: &[Input]) -> Vec<String> {
    let mut answer = says(scenario, sid, 0, Input::Silence).await;
    let mut heard = vec![answer.says.prompt.clone()];
    for input in inputs {
        answer = says(scenario, sid, answer.next, input.clone()).await;
        heard.push(format!("{}{}", answer.says.lead.unwrap_or_default(), answer.says.prompt));
    }
    scenario.runs_jobs().await;
    heard
}

async fn a_caller_moves_to_one_of_three_times_that_are_kept(database: Database) {
    let (scenario, stored) = texted(database, "[\"sms\", \"email\"]").await;

    let heard = calls_in(&scenario, "CA1", &[keys("2"), keys("4"), keys("2")]).await;

    assert!(heard[0].starts_with("Hello. Your appointment is Open house viewing"), "{heard:?}");
    assert_eq!(heard[1].matches("For ").count(), 3 + 1, "three times, and others: {heard:?}");
    assert!(heard[2].starts_with("These times are free as well."), "{heard:?}");
    assert!(heard[3].starts_with("Done. ") || heard[3].starts_with("Thank you. We are moving it"));
    let after = scenario.booking(stored.booking.id).await.booking.slot;
    assert_ne!(after, stored.booking.slot);
    assert_eq!(scenario.events()[0].0, after.start());
    scenario.ends().await;
}

async fn a_caller_cancels_by_speech_after_a_second_word(database: Database) {
    let (scenario, stored) = texted(database, "[\"email\"]").await;
    let speech = |words: &str| Input::Speech(words.to_owned());

    let heard =
        calls_in(&scenario, "CA1", &[speech("Please cancel."), speech("Yes, cancel it")]).await;

    assert!(heard[1].starts_with("Do you want to call off"), "{heard:?}");
    assert!(heard[2].contains("is called off"), "{heard:?}");
    assert!(!scenario.booking(stored.booking.id).await.booking.state.is_active());
    scenario.ends().await;
}

async fn silence_and_wrong_keys_are_answered_and_end_the_call_after_the_third(database: Database) {
    let (scenario, stored) = texted(database, "[\"sms\", \"email\"]").await;

    let heard = calls_in(
        &scenario,
        "CA1",
        &[Input::Silence, keys("7"), keys("9"), keys("7"), keys("77"), Input::Silence],
    )
    .await;

    assert!(heard[1].starts_with("Sorry, I did not hear anything.Hello."), "{heard:?}");
    assert!(heard[2].starts_with("Sorry, that is not one of the choices."), "{heard:?}");
    assert_eq!(heard[3], heard[0], "asked to hear it again");
    assert!(heard[6].contains("Nothing was changed. Goodbye."), "{heard:?}");
    assert_eq!(scenario.booking(stored.booking.id).await.booking.revision, stored.booking.revision);
    scenario.ends().await;
}

async fn a_repeated_request_of_a_call_is_obeyed_once(database: Database) {
    let (scenario, stored) = texted(database, "[\"email\"]").await;
    calls_in(&scenario, "CA1", &[keys("3")]).await;

    let first = says(&scenario, "CA1", 2, keys("1")).await;
    let again = says(&scenario, "CA1", 2, keys("1")).await;

    assert_eq!(first, again);
    assert!(!scenario.booking(stored.booking.id).await.booking.state.is_active());
    assert_eq!(scenario.news("email").len(), 1, "told when the jobs run");
}

async fn a_stranger_is_known_by_a_booking_code(database: Database) {
    let (scenario, stored) = texted(database, "[\"email\"]").await;
    let code = scenario.app().booking_code(stored.booking.id);
    let stranger = |step, input| CallRequest { sid: "CA1".to_owned(), phone: None, step, input };
    let speak = async |request| {
        let answer = scenario.does(|app| async move { app.caller_speaks(request).await }).await;
        answer.expect("the database works").says
    };

    let hello = speak(stranger(0, Input::Silence)).await;
    let wrong = speak(stranger(1, keys("00000000"))).await;
    let right = speak(stranger(2, keys(&code))).await;

    assert!(hello.prompt.starts_with("Hello. We know of no coming appointment"), "{hello:?}");
    assert_eq!(hello.listen, Some(Listen::Code));
    assert!(wrong.lead.is_some(), "{wrong:?}");
    assert!(right.prompt.starts_with("Hello. Your appointment is Open house"), "{right:?}");
}
