//! The SMTP sink, spoken to by a client that is not ours and by hand.

use doorstep_sandbox::{Fault, FaultKind, Sandbox};
use lettre::message::{Attachment, MultiPart, SinglePart, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::bench::Clock;

type Client = AsyncSmtpTransport<Tokio1Executor>;

struct Sink {
    sandbox: Sandbox,
    port: u16,
    _serving: DropGuard,
}

impl Sink {
    async fn start() -> Self {
        let sandbox = Sandbox::open(Clock::new().options()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shutdown = CancellationToken::new();
        let (serving, stop) = (sandbox.clone(), shutdown.clone());
        tokio::spawn(async move { serving.serve_smtp(listener, stop).await });
        Self { sandbox, port, _serving: shutdown.drop_guard() }
    }

    fn client(&self) -> Client {
        Client::builder_dangerous("127.0.0.1")
            .port(self.port)
            .credentials(Credentials::new("visits".to_owned(), "any".to_owned()))
            .build()
    }

    /// Says every line and answers the code of every reply, the greeting's first.
    async fn dialogue(&self, lines: &[&str]) -> Vec<String> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let (reader, mut writer) = stream.into_split();
        let mut replies = BufReader::new(reader).lines();
        let mut codes = vec![next_code(&mut replies).await];
        for line in lines {
            writer.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
            codes.push(next_code(&mut replies).await);
        }
        codes
    }
}

async fn next_code(
    replies: &mut tokio::io::Lines<BufReader<tokio::net::tcp::OwnedReadHalf>>,
) -> String {
    loop {
        let Ok(Some(line)) = replies.next_line().await else { return "closed".to_owned() };
        if line.as_bytes().get(3) != Some(&b'-') {
            return line[..3].to_owned();
        }
    }
}

fn confirmation() -> Message {
    let invitation = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n";
    let calendar = ContentType::parse("text/calendar; charset=utf-8; method=REQUEST").unwrap();
    let ics = ContentType::parse("application/ics").unwrap();
    let alternatives = MultiPart::alternative()
        .singlepart(SinglePart::plain("Ihr Termin für 10 Uhr\r\n.\r\n..steht.".to_owned()))
        .singlepart(SinglePart::html("<p>Confirmed</p>".to_owned()))
        .singlepart(SinglePart::builder().header(calendar).body(invitation.to_owned()));
    let attachment = Attachment::new("invite.ics".to_owned()).body(invitation.to_owned(), ics);
    Message::builder()
        .from("Visits <visits@agency.example>".parse().unwrap())
        .to("Bo <bo@example.net>".parse().unwrap())
        .subject("Bestätigt: 10 Uhr")
        .multipart(MultiPart::mixed().multipart(alternatives).singlepart(attachment))
        .unwrap()
}

#[tokio::test]
async fn a_mail_is_kept_as_it_was_written() {
    let sink = Sink::start().await;

    sink.client().send(confirmation()).await.unwrap();

    let mails = sink.sandbox.mail().messages_to("BO@example.net");
    assert_eq!(
        (mails[0].from.as_str(), mails[0].subject().as_str()),
        ("visits@agency.example", "Bestätigt: 10 Uhr")
    );
    let content = mails[0].content();
    let text = content.text.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines, ["Ihr Termin für 10 Uhr", ".", "..steht."]);
    assert_eq!(content.html.as_deref(), Some("<p>Confirmed</p>"));
    assert_eq!(content.calendar.unwrap().0.as_deref(), Some("REQUEST"));
    assert_eq!(content.attachments[0].filename, "invite.ics");
}

#[tokio::test]
async fn commands_have_an_order() {
    let sink = Sink::start().await;

    let codes = sink
        .dialogue(&[
            "MAIL FROM:<a@example.com>",
            "EHLO test",
            "RCPT TO:<b@example.com>",
            "DATA",
            "MAIL FROM:<a@example.com> SIZE=99999999",
            "mail from: <a@example.com> BODY=8BITMIME",
            "RCPT TO:<nobody>",
            "RCPT TO:<b@example.com>",
            "RSET",
            "DATA",
            "NOOP",
            "TURN",
            "QUIT",
        ])
        .await;

    let expected = [
        "220", "503", "250", "503", "503", "552", "250", "501", "250", "250", "503", "250", "502",
        "221",
    ];
    assert_eq!(codes, expected);
}

#[tokio::test]
async fn every_step_can_be_refused() {
    let sink = Sink::start().await;
    let refusals = [("SMTP MAIL", 421), ("SMTP RCPT", 550), ("SMTP DATA", 451)];
    for (step, code) in refusals {
        sink.sandbox.faults().add(Fault::error(step, code));

        let refused = sink.client().send(confirmation()).await.unwrap_err();

        assert_eq!(refused.status().map(|status| status.to_string()), Some(code.to_string()));
    }
    assert!(sink.sandbox.mail().messages().is_empty());
    sink.client().send(confirmation()).await.unwrap();
}

#[tokio::test]
async fn an_answer_lost_after_data_leaves_the_mail_behind() {
    let sink = Sink::start().await;
    sink.sandbox.faults().add(Fault::once("SMTP DATA", FaultKind::DropAfter));
    sink.sandbox.faults().add(Fault::once("SMTP DATA", FaultKind::DropBefore));

    let after = sink.client().send(confirmation()).await.unwrap_err();
    let before = sink.client().send(confirmation()).await.unwrap_err();

    assert_eq!((after.status(), before.status()), (None, None));
    assert_eq!(sink.sandbox.mail().messages().len(), 1);
}
