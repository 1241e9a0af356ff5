//! Who invites: the calendar's provider where it does so, else we do.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use sandbox::mail::Mail;
use scenarios::{Given, Scenario, Wish};
use serde_json::{Value, json};

const TEN: &str = "2026-12-01T18:00:00Z";
const ELEVEN: &str = "2026-12-01T19:00:00Z";

/// Jane's calendar is kept by Doorstep itself.
fn at_home() -> Given {
    let google = "provider = \"google\"\naccount = \"jane@agency.example\"\ncalendar = \"primary\"";
    Given::usual().with(google, "provider = \"local\"").unconnected()
}

fn mails(scenario: &Scenario) -> Vec<Mail> {
    scenario.sandbox.mail().messages_to("bo.lead@example.com")
}

/// The object's lines, unfolded.
fn lines(mail: &Mail) -> Vec<String> {
    let (_, object) = mail.content().calendar.expect("an invitation");
    object.replace("\r\n ", "").lines().map(str::to_owned).collect()
}

fn value(mail: &Mail, name: &str) -> String {
    let lines = lines(mail);
    let line = lines.iter().find(|line| line.starts_with(&format!("{name}:")));
    line.unwrap_or_else(|| panic!("no {name} in {lines:?}")).clone()
}

#[tokio::test]
async fn one_appointment_is_invited_to_changed_and_called_off_under_one_identifier() {
    let scenario = at_home().begins().await;

    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    scenario.moves(id, ELEVEN, Duration::from_secs(10)).await;
    scenario.runs_jobs().await;
    scenario.cancels(id).await;
    scenario.runs_jobs().await;

    let mails = mails(&scenario);
    let methods: Vec<_> =
        mails.iter().map(|mail| mail.content().calendar.and_then(|(method, _)| method)).collect();
    assert_eq!(methods, ["REQUEST", "REQUEST", "CANCEL"].map(|method| Some(method.to_owned())));
    let uids: Vec<String> = mails.iter().map(|mail| value(mail, "UID")).collect();
    assert!(uids.iter().all(|uid| *uid == uids[0]), "{uids:?}");
    let sequence = |mail| value(mail, "SEQUENCE").trim_start_matches("SEQUENCE:").parse::<i64>();
    let sequences: Vec<i64> = mails.iter().map(|mail| sequence(mail).expect("a number")).collect();
    assert!(sequences.windows(2).all(|pair| pair[0] < pair[1]), "{sequences:?}");
    assert_eq!(value(&mails[1], "DTSTART"), "DTSTART:20261201T190000Z");
    assert!(
        lines(&mails[0])
            .iter()
            .any(|line| { line == "ORGANIZER;CN=\"Jane Agent\":mailto:bookings@agency.example" })
    );
    scenario.ends().await;
}

/// What Python's mail parser and icalendar, which know nothing of us, find in a mail.
async fn read_by_another(mail: &Mail) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testbed/readers");
    let raw = mail.raw.clone();
    let read = move || {
        let mut command = Command::new(python());
        command.arg(folder.join("invitation.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut reader = command.spawn()?;
        // It is closed behind this, and so ends.
        reader.stdin.take().expect("it is piped").write_all(raw.as_bytes())?;
        reader.wait_with_output()
    };
    // Everything else is served by this thread meanwhile.
    let output = tokio::task::spawn_blocking(read).await.expect("it does not panic");
    let output = output.expect("`cargo xtask test` installs Python and what the reader needs");
    assert!(output.status.success(), "it could not read: {}", mail.raw);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` says where its Python is")]
fn python() -> PathBuf {
    std::env::var_os("DOORSTEP_TEST_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from)
}

#[tokio::test]
async fn an_independent_reader_understands_what_we_invite_to() {
    let title = "Besichtigung: 1, \u{201e}Haus; am See\u{201c} mit einem Namen, der \u{fc}ber eine Zeile geht";
    let given = at_home().with("Open house viewing: 123 Main St\"", &format!("{title}\""));
    let scenario = given.begins().await;
    let id = scenario.has_booked(&Wish::at(TEN).by("Anna O'Neil")).await.booking.id;
    scenario.cancels(id).await;
    scenario.runs_jobs().await;

    let mails = scenario.sandbox.mail().messages();
    let (invited, off) = (read_by_another(&mails[0]).await, read_by_another(&mails[1]).await);

    let layout = [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ];
    for (read, method) in [(&invited, "REQUEST"), (&off, "CANCEL")] {
        assert_eq!(read["layout"], json!(layout));
        assert_eq!(read["method"], method);
        assert_eq!(read["method_parameter"], method);
        assert_eq!(read["same_file"], true);
        assert_eq!(read["faults"], json!([]));
        assert_eq!(read["uid"], format!("{id}@127.0.0.1"));
        assert_eq!(read["summary"], title);
        assert_eq!(read["location"], "123 Main St, Los Angeles, CA 90012");
        assert_eq!(read["start"], "2026-12-01T18:00:00+00:00");
        assert_eq!(read["end"], "2026-12-01T18:30:00+00:00");
        assert_eq!(read["organizer"], json!(["mailto:bookings@agency.example", "Jane Agent"]));
        assert_eq!(read["attendee"][1], "Anna O'Neil");
        assert!(read["lines"].as_u64().is_some_and(|most| most <= 75), "{read}");
    }
    assert_eq!([&invited["status"], &off["status"]], ["CONFIRMED", "CANCELLED"]);
    assert!(invited["sequence"].as_i64() < off["sequence"].as_i64());
    scenario.ends().await;
}

#[tokio::test]
async fn where_the_calendar_invites_our_mail_carries_no_second_invitation() {
    let scenario = Scenario::new().await;

    let id = scenario.has_booked(&Wish::at(TEN)).await.booking.id;
    scenario.cancels(id).await;
    scenario.runs_jobs().await;

    let mails = mails(&scenario);
    assert_eq!(mails.len(), 2);
    for mail in mails {
        let content = mail.content();
        assert_eq!((content.calendar, content.attachments.len()), (None, 0));
        assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
        let answers = mail.header("Reply-To").expect("it can be answered");
        assert!(answers.contains("<jane@agency.example>"), "{answers}");
    }
    scenario.ends().await;
}
