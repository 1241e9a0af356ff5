//! What the settings of one concern say together.

use secrecy::ExposeSecret as _;

use super::{
    super::{mail::MailTransport, twilio::TwilioSender},
    *,
};

#[test]
fn the_public_url_follows_the_listening_address_unless_it_is_given() {
    for (settings, url) in [
        (&[("PORT", "9090")][..], "http://127.0.0.1:9090"),
        (&[("PORT", "9090"), ("DOORSTEP_LISTEN", "0.0.0.0:7070")], "http://localhost:7070"),
        (&[("DOORSTEP_LISTEN", "[::1]:7070")], "http://[::1]:7070"),
        (&[("DOORSTEP_PUBLIC_URL", "https://book.example/")], "https://book.example"),
    ] {
        assert_eq!(config(settings).web.public_url.to_string(), url);
    }
}

#[test]
fn google_is_configured_whole_or_not_at_all() {
    let redirect = |more: &[(&str, &str)]| {
        let settings: Vec<_> = GOOGLE.iter().chain(more).copied().collect();
        let client = config(&settings).google.client.expect("a client");
        assert_eq!(client.id, "1.apps.example");
        assert_eq!(client.secret.expose_secret(), "hunter2");
        client.redirect_uri.to_string()
    };
    let given = "https://book.example/back";

    let delegated = config(&[("GOOGLE_SERVICE_ACCOUNT_FILE", "keys/google.json")]).google;
    assert_eq!(delegated.service_account_file.as_deref(), Some(Path::new("keys/google.json")));
    assert_eq!(redirect(&[]), "http://127.0.0.1:8080/oauth/google/callback");
    assert_eq!(
        redirect(&[("DOORSTEP_PUBLIC_URL", "https://book.example/a")]),
        "https://book.example/a/oauth/google/callback"
    );
    assert_eq!(redirect(&[("GOOGLE_REDIRECT_URI", given)]), given);
    assert_eq!(redirect(&[("REDIRECT_URI", given)]), given);
    assert_eq!(redirect(&[("REDIRECT_URI", given), ("GOOGLE_REDIRECT_URI", given)]), given);
    assert_eq!(
        faults(&[("REDIRECT_URI", given), ("GOOGLE_REDIRECT_URI", "https://book.example/x")]),
        ["GOOGLE_REDIRECT_URI and REDIRECT_URI are both set: they are two names of one setting \
          and must agree"]
    );
    assert_eq!(
        faults(&GOOGLE[..1]),
        ["GOOGLE_CLIENT_SECRET is missing: GOOGLE_CLIENT_ID is set and needs it"]
    );
}

#[test]
fn microsoft_is_configured_whole_or_not_at_all() {
    let client = [("MICROSOFT_CLIENT_ID", "1"), ("MICROSOFT_CLIENT_SECRET", "hunter2")];

    let whole = config(&client).microsoft.client.expect("a client");

    assert_eq!((whole.id.as_str(), whole.secret.expose_secret()), ("1", "hunter2"));
    assert_eq!(whole.redirect_uri.path(), "/oauth/microsoft/callback");
    assert_eq!(
        faults(&client[1..]),
        ["MICROSOFT_CLIENT_ID is missing: MICROSOFT_CLIENT_SECRET is set and needs it"]
    );
}

#[test]
fn twilio_has_exactly_one_sender() {
    let number = ("TWILIO_PHONE_NUMBER", "+12135550100");
    let service = ("TWILIO_MESSAGING_SERVICE_SID", "MG0123");

    let by_number = config(&[TWILIO[0], TWILIO[1], number]).twilio.expect("an account");
    let by_service = config(&[TWILIO[0], TWILIO[1], service, ("TWILIO_SEND_RATE", "off")]);

    assert!(matches!(by_number.sender, TwilioSender::Number(_)));
    assert_eq!(by_number.account_sid, "AC0123456789");
    assert_eq!(by_number.auth_token.expose_secret(), "hunter2");
    assert_eq!(by_number.api_base_url.as_str(), "https://api.twilio.com/");
    assert_eq!(by_number.send_rate.map(u32::from), Some(1));
    let by_service = by_service.twilio.expect("an account");
    assert_eq!(by_service.sender, TwilioSender::MessagingService("MG0123".to_owned()));
    assert_eq!(by_service.send_rate, None);
    assert_eq!(
        faults(&[TWILIO[0], TWILIO[1], number, service]),
        [
            "TWILIO_PHONE_NUMBER and TWILIO_MESSAGING_SERVICE_SID are both set: texts have one sender"
        ]
    );
    assert_eq!(
        faults(&TWILIO),
        ["TWILIO_PHONE_NUMBER is missing: TWILIO_ACCOUNT_SID is set and needs it"]
    );
    assert_eq!(
        faults(&[service]),
        [
            "TWILIO_ACCOUNT_SID is missing: TWILIO_MESSAGING_SERVICE_SID is set and needs it",
            "TWILIO_AUTH_TOKEN is missing: TWILIO_MESSAGING_SERVICE_SID is set and needs it"
        ]
    );
}

#[test]
fn mail_goes_through_sendgrid_when_its_key_is_set() {
    let smtp = ("SMTP_URL", "smtp://mail.example");
    let sendgrid = ("SENDGRID_API_KEY", "hunter2");
    let from = ("MAIL_FROM", "Agency <bookings@agency.example>");

    let relayed = config(&[smtp, from]).mail.expect("mail");
    let sent = config(&[smtp, sendgrid, from]).mail.expect("mail");

    assert_eq!(relayed.from.address.as_str(), "bookings@agency.example");
    let MailTransport::Smtp(url) = relayed.transport else { panic!("a relay") };
    assert_eq!(url.expose_secret(), "smtp://mail.example");
    let MailTransport::SendGrid(account) = sent.transport else { panic!("SendGrid") };
    assert_eq!(account.api_key.expose_secret(), "hunter2");
    assert_eq!(account.api_base_url.as_str(), "https://api.sendgrid.com/");
    assert_eq!(account.webhook_public_key, None);
    assert_eq!(faults(&[from]), ["SMTP_URL is missing: MAIL_FROM is set and needs it"]);
    assert_eq!(
        faults(&[("SENDGRID_WEBHOOK_PUBLIC_KEY", &"MFkw".repeat(24))]),
        ["SENDGRID_API_KEY is missing: SENDGRID_WEBHOOK_PUBLIC_KEY is set and needs it"]
    );
}

#[test]
fn alerts_go_to_any_channels_together() {
    let alert = config(&[
        ("ALERT_SLACK_WEBHOOK_URL", "https://hooks.example/1"),
        ("ALERT_PAGERDUTY_ROUTING_KEY", "hunter2"),
        ("ALERT_EMAIL", "oncall@agency.example"),
        ("SMTP_URL", "smtp://mail.example"),
        ("MAIL_FROM", "bookings@agency.example"),
    ])
    .alert;

    let slack = alert.slack_webhook_url.expect("Slack");
    let pagerduty = alert.pagerduty.expect("PagerDuty");
    assert_eq!(slack.expose_secret(), "https://hooks.example/1");
    assert_eq!(pagerduty.routing_key.expose_secret(), "hunter2");
    assert_eq!(pagerduty.base_url.as_str(), "https://events.pagerduty.com/");
    assert_eq!(
        alert.email.map(|email| email.to_string()).as_deref(),
        Some("oncall@agency.example")
    );
    assert_eq!(
        faults(&[("ALERT_EMAIL", "oncall@agency.example")]),
        ["SMTP_URL is missing: ALERT_EMAIL is set and needs it"]
    );
}

#[test]
fn push_follows_the_public_url_unless_told() {
    let https = ("DOORSTEP_PUBLIC_URL", "https://book.example");
    for (settings, enabled) in [
        (&[][..], false),
        (&[https], true),
        (&[https, ("DOORSTEP_PUSH", "off")], false),
        (&[("DOORSTEP_PUSH", "on")], true),
    ] {
        assert_eq!(config(settings).push.enabled, enabled, "{settings:?}");
    }
}

#[test]
fn keys_come_from_one_place() {
    let postgres = ("DATABASE_URL", "postgres://db.example/doorstep");
    let given = ("DOORSTEP_SECRET_KEYS", A_KEY);
    let file = ("DOORSTEP_SECRETS", "file:/run/secrets/keys");

    assert!(matches!(config(&[postgres, given]).secrets, SecretsConfig::Keys(_)));
    let SecretsConfig::File(path) = config(&[postgres, file]).secrets else { panic!("a file") };
    assert_eq!(path, Path::new("/run/secrets/keys"));
    let beside = config(&[("DATABASE_URL", "sqlite:///var/lib/x/bookings.db")]).secrets;
    let SecretsConfig::BesideDatabase(path) = beside else { panic!("beside the database") };
    assert_eq!(path, Path::new("/var/lib/x/doorstep.key"));
    assert_eq!(
        faults(&[given, file]),
        ["DOORSTEP_SECRET_KEYS and DOORSTEP_SECRETS are both set: give the keys in one place"]
    );
    assert_eq!(
        faults(&[postgres]),
        ["DOORSTEP_SECRET_KEYS is missing: DATABASE_URL is PostgreSQL, which needs keys of yours"]
    );
    for text in ["vault:secret/doorstep", "aws:doorstep"] {
        let told = faults(&[("DOORSTEP_SECRETS", text)]);
        assert!(told[0].contains("not supported yet"), "{told:?}");
    }
}

#[test]
fn loading_keys_says_whether_a_file_was_made() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("doorstep.key");

    let made = SecretsConfig::BesideDatabase(path.clone()).load(|bytes| bytes.fill(7));
    let given = SecretsConfig::File(path.clone()).load(|_| unreachable!("nothing is made"));
    let told = config(&[("DOORSTEP_SECRET_KEYS", A_KEY)]).secrets;
    let told = told.load(|_| unreachable!("nothing is made")).expect("given");

    let made = made.expect("made");
    assert_eq!(made.made, Some(path));
    assert_eq!(made.keys.first.id, "k1");
    assert_eq!(given.expect("there").made, None);
    assert_eq!(told.keys.first.bytes.expose_secret(), &[1; 32]);
}
