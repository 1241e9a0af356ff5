//! Mail over a real socket, against a mail server that refuses or falls silent at a chosen step.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use doorstep_providers::mail::{Mail, MailAddress, Smtp, SmtpReply};
use doorstep_providers::{Applied, Call, HttpError, ProviderError, Undeliverable};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the mail server does when a line begins with the given word.
#[derive(Clone, Copy)]
enum Fault {
    None,
    Says(&'static str, &'static str),
    Drops(&'static str),
    Hangs(&'static str),
}

/// The line that ends the content.
const END: &str = ".";

async fn send(fault: Fault) -> (Call<SmtpReply>, String) {
    send_to("smtp://127.0.0.1", fault, Duration::from_secs(20)).await
}

async fn send_to(url: &str, fault: Fault, total: Duration) -> (Call<SmtpReply>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("a bound address").port();
    let heard = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        // A client that hangs up early ends the conversation; that is no fault of the server.
        let _ = converse(stream, fault, &kept).await;
    });
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let smtp = Smtp::from_url(&format!("{address}:{port}?{query}"), total).expect("a URL");

    let call = smtp.send(&mail()).await;

    let heard = heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (call, heard)
}

async fn converse(stream: TcpStream, fault: Fault, heard: &Mutex<String>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.example ready\r\n").await?;
    let mut content = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        heard.lock().unwrap_or_else(PoisonError::into_inner).push_str(&line);
        let line = line.trim_end();
        if content && line != END {
            continue;
        }
        let usual = match line.get(..4) {
            Some("EHLO") => "250-mail.example\r\n250 AUTH PLAIN LOGIN",
            Some("AUTH") => "235 2.7.0 welcome",
            Some("DATA") => "354 go ahead",
            Some("QUIT") => "221 bye",
            _ => "250 2.0.0 taken as 4711",
        };
        content = line == "DATA";
        let reply = match fault {
            Fault::Says(at, reply) if line.starts_with(at) => reply,
            Fault::Drops(at) if line.starts_with(at) => return Ok(()),
            Fault::Hangs(at) if line.starts_with(at) => std::future::pending().await,
            Fault::None | Fault::Says(..) | Fault::Drops(_) | Fault::Hangs(_) => usual,
        };
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
}

fn mail() -> Mail {
    let address = |address: &str| MailAddress { name: None, address: address.to_owned() };
    Mail {
        message_id: "<ntf-1@book.example>".to_owned(),
        reference: "msg_1".to_owned(),
        date: "2026-11-20T08:00:00Z".parse().expect("an instant"),
        from: address("jane@agency.example"),
        to: address("dana@example.com"),
        reply_to: None,
        subject: "Confirmed".to_owned(),
        text: "See https://book.example/b/0123456789abcdefABCDEF".to_owned(),
        html: "<p>See you.</p>".to_owned(),
        calendar: None,
        in_reply_to: None,
        unsubscribe: None,
    }
}

#[tokio::test]
async fn a_mail_is_handed_over_and_the_exchange_keeps_no_manage_link() {
    let (call, heard) = send(Fault::None).await;

    let reply = call.outcome.expect("a reply");
    assert_eq!((reply.code, call.exchange.status), (250, Some(250)));
    assert!(reply.text.contains("4711"), "{reply:?}");
    assert!(heard.contains("MAIL FROM:<jane@agency.example>"), "{heard}");
    assert!(heard.contains("RCPT TO:<dana@example.com>"), "{heard}");
    assert!(heard.contains("Message-ID: <ntf-1@book.example>"), "{heard}");
    let shown = format!("{:?}", call.exchange);
    assert!(shown.contains("dana@example.com") && !shown.contains("0123456789abcdef"), "{shown}");
}

#[tokio::test]
async fn only_content_that_went_out_can_have_been_taken() {
    let table = [
        (Fault::Drops("EHLO"), Applied::No),
        (Fault::Drops("MAIL"), Applied::No),
        (Fault::Drops("RCPT"), Applied::No),
        (Fault::Drops("DATA"), Applied::No),
        (Fault::Drops(END), Applied::Unknown),
    ];
    for (fault, applied) in table {
        let (call, heard) = send(fault).await;

        let error = call.outcome.expect_err("the connection was dropped");
        assert_eq!(error.applied(), applied, "{error:?} after {heard}");
        assert!(error.transient(), "{error:?}");
    }
}

#[tokio::test]
async fn a_silent_server_is_left_within_the_time_limit() {
    let total = Duration::from_millis(300);

    let (early, _) = send_to("smtp://127.0.0.1", Fault::Hangs("RCPT"), total).await;
    let (late, _) = send_to("smtp://127.0.0.1", Fault::Hangs(END), total).await;

    assert!(matches!(early.outcome, Err(ProviderError::NotSent(HttpError::TimedOut))));
    assert!(matches!(late.outcome, Err(ProviderError::OutcomeUnknown(HttpError::TimedOut))));
}

#[tokio::test]
async fn a_refusal_is_definite_at_every_step() {
    let (unknown, _) = send(Fault::Says("RCPT", "550 5.1.1 no such user")).await;
    let (greylisted, _) = send(Fault::Says("RCPT", "451 4.7.1 greylisted")).await;
    let (spam, _) = send(Fault::Says(END, "554 5.7.1 refused")).await;

    let cause = Undeliverable::BadAddress;
    assert!(matches!(
        unknown.outcome,
        Err(ProviderError::Undeliverable { cause: c, .. }) if c == cause
    ));
    assert_eq!(unknown.exchange.status, Some(550));
    assert!(unknown.exchange.response_body.contains("no such user"));
    assert!(matches!(greylisted.outcome, Err(ProviderError::TryLater { .. })));
    let error = spam.outcome.expect_err("refused");
    assert_eq!((error.applied(), error.transient()), (Applied::No, false));
}

#[tokio::test]
async fn a_wrong_password_is_ours_and_never_shown() {
    let refused = Fault::Says("AUTH", "535 5.7.8 not you");
    let total = Duration::from_secs(20);

    let (call, heard) = send_to("smtp://us:pass-word@127.0.0.1", refused, total).await;

    assert!(heard.contains("AUTH PLAIN"), "{heard}");
    assert!(matches!(call.outcome, Err(ProviderError::ClientCredentials { .. })));
    assert!(!format!("{:?} {:?}", call.exchange, call.outcome).contains("pass-word"));
}

#[tokio::test]
async fn nothing_is_said_in_the_clear_where_encryption_is_required() {
    let url = "smtp://us:pass-word@127.0.0.1?tls=required";

    let (call, heard) = send_to(url, Fault::None, Duration::from_secs(20)).await;

    assert!(matches!(
        call.outcome,
        Err(ProviderError::Misconfigured { reason }) if reason == "starttls"
    ));
    assert!(!heard.contains("AUTH") && !heard.contains("MAIL"), "{heard}");
}
