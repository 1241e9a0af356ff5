//! The settings as a whole: sources, faults, and what is shown.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use ::web::http::{cors::CorsOrigins, rate_limit::Rate};
use jiff::SignedDuration;

use super::{database::DatabaseUrl, env_file, *};

mod concerns;

fn pairs(settings: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    settings.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()))
}

fn load(settings: &[(&str, &str)]) -> Result<(Config, Effective), ConfigError> {
    Config::load(Sources::of_environment(pairs(settings)))
}

fn config(settings: &[(&str, &str)]) -> Config {
    load(settings).expect("well-formed settings").0
}

/// The faults of these settings, each on its line.
fn faults(settings: &[(&str, &str)]) -> Vec<String> {
    let error = load(settings).expect_err("faulty settings");
    error.to_string().lines().skip(1).map(|line| line.trim().to_owned()).collect()
}

fn shown(effective: &Effective, key: &str) -> (Option<String>, String) {
    let json = serde_json::to_value(effective).expect("plain data");
    let item = json["items"].as_array().and_then(|items| items.iter().find(|i| i["key"] == key));
    let item = item.expect("every key is listed");
    let text = |member: &str| item[member].as_str().map(str::to_owned);
    (text("value"), text("origin").expect("every value has an origin"))
}

const A_KEY: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const GOOGLE: [(&str, &str); 2] =
    [("GOOGLE_CLIENT_ID", "1.apps.example"), ("GOOGLE_CLIENT_SECRET", "hunter2")];
const TWILIO: [(&str, &str); 2] =
    [("TWILIO_ACCOUNT_SID", "AC0123456789"), ("TWILIO_AUTH_TOKEN", "hunter2")];

#[test]
fn without_any_setting_everything_has_the_default_of_the_contract() {
    let loaded = config(&[]);
    assert!(loaded.twilio.is_none() && loaded.mail.is_none());
    assert!(loaded.alert.slack_webhook_url.is_none());
    assert!(loaded.alert.pagerduty.is_none() && loaded.alert.email.is_none());
    let Config { listen, web, database, secrets, google, microsoft, push, timing, log, .. } =
        loaded;

    assert_eq!(listen.address, SocketAddr::from(([127, 0, 0, 1], 8080)));
    assert_eq!(web.public_url.to_string(), "http://127.0.0.1:8080");
    assert!(!web.trusted_proxies.trusts(listen.address.ip()) && web.default_region.is_none());
    assert_eq!(web.cors_origins, CorsOrigins::Any);
    let Rate::Per { count, period } = web.public_rate else { panic!("there is a limit") };
    assert_eq!((count.get(), period), (60, Duration::from_mins(1)));
    let DatabaseUrl::Sqlite(path) = database.url else { panic!("SQLite is the default") };
    assert_eq!(path, Path::new("doorstep.db"));
    assert!(database.migrate && !push.enabled);
    let SecretsConfig::BesideDatabase(path) = secrets else { panic!("a file is the default") };
    assert_eq!(path, Path::new("doorstep.key"));
    assert!(google.client.is_none() && google.service_account_file.is_none());
    assert_eq!(google.api_base_url.as_str(), "https://www.googleapis.com/");
    assert_eq!(google.auth_url.as_str(), "https://accounts.google.com/o/oauth2/v2/auth");
    assert_eq!(google.token_url.as_str(), "https://oauth2.googleapis.com/token");
    assert_eq!(google.revoke_url.as_str(), "https://oauth2.googleapis.com/revoke");
    assert_eq!(google.rate.map(u32::from), Some(9));
    assert!(microsoft.client.is_none());
    assert_eq!(microsoft.tenant, "common");
    assert_eq!(microsoft.graph_base_url.as_str(), "https://graph.microsoft.com/");
    assert_eq!(microsoft.login_base_url.as_str(), "https://login.microsoftonline.com/");
    assert_eq!(log.filter.to_string(), "info");
    assert_eq!((log.format, log.otlp_endpoint), (LogFormat::Auto, None));
    assert_eq!(timing.poll_interval, SignedDuration::from_mins(5));
    assert_eq!(timing.retry_base, SignedDuration::from_secs(1));
    assert_eq!(timing.lost_answer_wait, SignedDuration::from_secs(30));
    assert_eq!(timing.hold_ttl, SignedDuration::from_mins(5));
    assert_eq!(timing.max_deletions_per_sync, 10);
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let named = folder.path().join("settings");
    let text = "DOORSTEP_HOLD_TTL=2m\nDOORSTEP_RETRY_BASE=2s\nSHELL_COLOUR=blue\n";
    fs::write(folder.path().join(".env"), text).expect("a writable folder");
    fs::write(&named, text.replace("2m", "4m")).expect("a writable folder");
    let environment = [("DOORSTEP_RETRY_BASE", "3s"), ("DOORSTEP_HOLD_TTL", "")];

    for (file, hold_ttl) in [(None, "2m"), (Some(named.as_path()), "4m")] {
        let sources = Sources::read(file, folder.path(), pairs(&environment)).expect("readable");
        let (config, effective) = Config::load(sources).expect("well-formed");

        let told = |value: &str, origin: &str| (Some(value.to_owned()), origin.to_owned());
        assert_eq!(shown(&effective, "DOORSTEP_HOLD_TTL"), told(hold_ttl, "file"));
        assert_eq!(shown(&effective, "DOORSTEP_RETRY_BASE"), told("3s", "environment"));
        assert_eq!(shown(&effective, "DOORSTEP_POLL_INTERVAL"), told("5m", "default"));
        assert_eq!(config.timing.retry_base, SignedDuration::from_secs(3));
    }
}

#[test]
fn only_a_named_file_has_to_be_there() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let named = folder.path().join("missing");
    let large = folder.path().join("large");
    fs::write(&large, "#".repeat(1024 * 1024 + 1)).expect("a writable folder");
    let binary = folder.path().join("binary");
    fs::write(&binary, b"PORT=\xff").expect("a writable folder");

    assert!(Sources::read(None, folder.path(), pairs(&[])).is_ok());
    for file in [&named, &large, &binary] {
        let refused = Sources::read(Some(file), folder.path(), pairs(&[]));
        let error = refused.err().expect("an unusable file").to_string();
        assert!(error.contains(&file.display().to_string()), "{error}");
    }
}

#[test]
fn all_faults_are_told_at_once_and_none_repeats_a_value() {
    let told = faults(&[
        ("PORT", "hunter2"),
        ("DOORSTEP_HOLD_TTL", "hunter2"),
        ("DOORSTEP_SECRET_KEYS", "k1:hunter2"),
        ("GOOGLE_CLIENT_SECRET", "hunter2"),
        ("DOORSTEP_HOLD_TIME", "hunter2"),
        ("DOORSTEP_LISTEN", "hunter2\u{7}"),
        ("SMTP_URL", "https://ada:hunter2@mail.example"),
    ]);

    for name in [
        "PORT (environment) must be a port from 0 to 65535",
        "DOORSTEP_HOLD_TTL (environment) must be",
        "DOORSTEP_SECRET_KEYS (environment) must be",
        "GOOGLE_CLIENT_ID is missing: GOOGLE_CLIENT_SECRET is set",
        "DOORSTEP_HOLD_TIME (environment) is not a setting",
        "DOORSTEP_LISTEN (environment) must be a text",
        "SMTP_URL (environment) must be",
        "MAIL_FROM is missing: SMTP_URL is set",
    ] {
        let times = told.iter().filter(|line| line.starts_with(name)).count();
        assert_eq!(times, 1, "{name} in {told:#?}");
    }
    assert_eq!(told.len(), 8, "{told:#?}");
    assert!(!told.iter().any(|line| line.contains("hunter2")), "{told:#?}");
}

#[test]
fn every_key_of_the_table_is_read_and_refuses_a_malformed_value_by_its_name() {
    // A file's path may be any text; nothing but control characters is wrong with it.
    for key in KEYS {
        let malformed = if key.name == "GOOGLE_SERVICE_ACCOUNT_FILE" { "a\u{0}" } else { "%% %%" };
        let told = faults(&[(key.name, malformed)]);

        let named = format!("{} (environment) must be ", key.name);
        assert!(told.iter().any(|line| line.starts_with(&named)), "{}: {told:?}", key.name);
        assert!(!told.iter().any(|line| line.contains("%%")), "{told:?}");
    }
}

#[test]
fn the_file_tells_unknown_repeated_and_broken_lines() {
    let text = "DOORSTEP_HOLD_TIME=5m\nPORT=1\nPORT=2\nhunter2\nOTHER=1\nOTHER=2\n";
    let (file, faults) = env_file::parse(text);

    let error = Config::load(Sources { file, faults, ..Sources::default() }).expect_err("faults");

    let told = error.to_string();
    let told: Vec<_> = told.lines().skip(1).map(str::trim).collect();
    assert_eq!(
        told,
        [
            "line 4 of the file is not written KEY=VALUE",
            "DOORSTEP_HOLD_TIME (file) is not a setting of this version; docs/reference/configuration.md lists them",
            "PORT stands a second time in line 3 of the file",
        ]
    );
}

#[test]
fn a_file_of_nonsense_is_not_repeated_line_by_line() {
    let (file, faults) = env_file::parse(&"nonsense\n".repeat(1000));

    let error = Config::load(Sources { file, faults, ..Sources::default() }).expect_err("faults");

    let told = error.to_string();
    assert_eq!(told.lines().count(), 52);
    assert!(told.ends_with("and 950 more"), "{told}");
}

#[test]
fn an_unknown_name_cannot_break_the_terminal() {
    let name = format!("DOORSTEP_\u{1b}[2J{}", "x".repeat(10_000));

    let told = faults(&[(&name, "1")]);

    assert_eq!(told.len(), 1);
    assert!(told[0].len() < 300 && !told[0].contains('\u{1b}'), "{told:?}");
}

#[test]
fn no_secret_is_ever_shown() {
    let settings = [
        ("DATABASE_URL", "postgres://ada:hunter2@db.example/doorstep"),
        ("DOORSTEP_SECRET_KEYS", A_KEY),
        GOOGLE[0],
        GOOGLE[1],
        ("MICROSOFT_CLIENT_ID", "1"),
        ("MICROSOFT_CLIENT_SECRET", "hunter2"),
        TWILIO[0],
        TWILIO[1],
        ("TWILIO_PHONE_NUMBER", "+12135550100"),
        ("SMTP_URL", "smtp://ada:hunter2@mail.example"),
        ("SENDGRID_API_KEY", "hunter2"),
        ("MAIL_FROM", "bookings@agency.example"),
        ("ALERT_SLACK_WEBHOOK_URL", "https://hooks.example/hunter2"),
        ("ALERT_PAGERDUTY_ROUTING_KEY", "hunter2"),
    ];

    let (config, effective) = load(&settings).expect("well-formed");

    let json = serde_json::to_string(&effective).expect("plain data");
    for text in [json, effective.to_string(), format!("{effective:?}"), format!("{config:?}")] {
        assert!(!text.contains("hunter2") && !text.contains("AQEB"), "{text}");
    }
    let environment = |value: &str| (Some(value.to_owned()), "environment".to_owned());
    assert_eq!(shown(&effective, "GOOGLE_CLIENT_SECRET"), environment("***"));
    assert_eq!(
        shown(&effective, "DATABASE_URL"),
        environment("postgres://***@db.example/doorstep")
    );
    assert_eq!(shown(&effective, "SMTP_URL"), environment("smtp://***@mail.example"));
}

#[test]
fn every_key_is_listed_with_its_origin() {
    let (_, effective) = load(&[("PORT", "9090")]).expect("well-formed");

    let text = effective.to_string();

    let lines: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines.len(), KEYS.len());
    assert_eq!(lines[0], ["PORT", "9090", "(environment)"]);
    assert_eq!(lines[1], ["DOORSTEP_LISTEN", "127.0.0.1:9090", "(default)"]);
    assert!(text.contains("MAIL_FROM"), "{text}");
}
