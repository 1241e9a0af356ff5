//! Commands on a database of their own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::tempdir;

use crate::process::{doorstep, printed, run};

const SETUP: &str = r#"
[[hosts]]
id = "ada"
name = "Ada Host"
email = "ada@agency.example"
timezone = "Europe/Berlin"

[[services]]
id = "talk"
title = "A talk"
hosts = ["ada"]
duration = "30m"
notice = "0m"
availability = [{ days = ["mon"], from = "09:00", to = "11:00" }]
"#;

#[test]
fn a_setup_is_applied_shown_and_applied_again_without_a_change() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("setup.toml"), SETUP).unwrap();

    let first = printed(folder.path(), &["apply", "setup.toml"]);
    let exported = printed(folder.path(), &["export"]);
    std::fs::write(folder.path().join("exported.toml"), &exported).unwrap();
    let second = printed(folder.path(), &["apply", "exported.toml"]);

    assert!(first.contains("talk"), "{first}");
    assert_eq!(second, "nothing to change\n");
}

#[test]
fn a_wrong_setup_is_refused_whole_with_every_place() {
    let folder = tempdir().unwrap();
    let wrong = SETUP.replace("Europe/Berlin", "Europe/Nowhere").replace("11:00", "08:00");
    std::fs::write(folder.path().join("setup.toml"), wrong).unwrap();

    let output = run(folder.path(), &["apply", "setup.toml"]);

    assert!(!output.status.success());
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("/hosts/0/timezone"), "{complaint}");
    assert!(complaint.contains("/services/0/availability/0"), "{complaint}");
    assert!(printed(folder.path(), &["export"]).trim().is_empty());
}

#[test]
fn holidays_come_from_a_file_beside_the_setup_file() {
    let folder = tempdir().unwrap();
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let yearly = |rule: &str| {
        format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20001225\nRRULE:FREQ={rule}\n\
             SUMMARY:Christmas\nEND:VEVENT\nEND:VCALENDAR\n"
        )
    };
    let named = "timezone = \"Europe/Berlin\"\nholidays_file = \"de.ics\"";
    file("setup.toml", &SETUP.replace("timezone = \"Europe/Berlin\"", named));

    let missing = run(folder.path(), &["apply", "setup.toml"]);
    file("de.ics", &yearly("WEEKLY"));
    let wrong = run(folder.path(), &["apply", "setup.toml"]);
    file("de.ics", &yearly("YEARLY"));
    printed(folder.path(), &["apply", "setup.toml"]);
    let again = printed(folder.path(), &["apply", "setup.toml"]);
    let exported = printed(folder.path(), &["export"]);

    assert!(!missing.status.success());
    let complaint = String::from_utf8(wrong.stderr).unwrap();
    assert!(complaint.contains("/hosts/0/holidays_file: line 4: "), "{complaint}");
    assert_eq!(again, "nothing to change\n");
    assert_eq!(exported.matches("-12-25").count(), 3, "{exported}");
    assert!(!exported.contains("holidays_file"), "{exported}");
}

#[test]
fn holidays_are_added_by_a_command_and_fetched_by_https_alone() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("setup.toml"), SETUP).unwrap();
    printed(folder.path(), &["apply", "setup.toml"]);
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20001225\nRRULE:FREQ=YEARLY\nEND:VEVENT\n\
                END:VCALENDAR\n";
    std::fs::write(folder.path().join("de.ics"), text).unwrap();

    let added = printed(folder.path(), &["holidays", "de.ics", "--host", "ada"]);
    let exported = printed(folder.path(), &["export"]);
    let nobody = run(folder.path(), &["holidays", "de.ics", "--host", "nobody"]);
    let address = ["holidays", "http://127.0.0.1:9/de.ics", "--host", "ada"];
    let unsafe_address = run(folder.path(), &address);

    assert_eq!(added.matches("-12-25").count(), 3, "{added}");
    assert_eq!(exported.matches("-12-25").count(), 3, "{exported}");
    assert!(!nobody.status.success());
    let complaint = String::from_utf8(unsafe_address.stderr).unwrap();
    assert!(complaint.contains("by https"), "{complaint}");
}

#[test]
fn a_link_to_a_service_is_printed_alone() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("setup.toml"), SETUP).unwrap();
    printed(folder.path(), &["apply", "setup.toml"]);

    let link = printed(folder.path(), &["link", "talk", "--expires", "2h"]);
    let nobody = run(folder.path(), &["link", "nobody"]);
    let for_ever = run(folder.path(), &["link", "talk", "--expires", "9999d"]);

    assert!(link.contains("/book/talk?link="), "{link}");
    assert_eq!(link.lines().count(), 1);
    assert!(!nobody.status.success() && !for_ever.status.success());
}

#[test]
fn a_key_is_printed_alone_and_as_json() {
    let folder = tempdir().unwrap();

    let plain = printed(folder.path(), &["key", "create", "--scope", "read"]);
    let json = printed(folder.path(), &["--json", "key", "create", "--scope", "admin"]);

    assert!(plain.starts_with("dsk_") && plain.lines().count() == 1, "{plain}");
    let key: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(key["scopes"], serde_json::json!(["admin"]));
    assert!(key["id"].as_str().unwrap().starts_with("key_"));
}

#[test]
fn a_day_is_explained() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("setup.toml"), SETUP).unwrap();
    printed(folder.path(), &["apply", "setup.toml"]);

    let past = printed(folder.path(), &["explain", "talk", "--date", "2020-01-06"]);
    let closed = printed(folder.path(), &["explain", "talk", "--date", "2020-01-07"]);

    assert_eq!(past.lines().count(), 4);
    assert!(past.lines().all(|line| line.contains("too little notice")), "{past}");
    assert!(closed.contains("no window"), "{closed}");
}

#[test]
fn a_backup_is_a_database_of_its_own() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("setup.toml"), SETUP).unwrap();
    printed(folder.path(), &["apply", "setup.toml"]);

    printed(folder.path(), &["backup", "copy.db"]);

    std::fs::rename(folder.path().join("copy.db"), folder.path().join("doorstep.db")).unwrap();
    let _ = std::fs::remove_file(folder.path().join("doorstep.db-wal"));
    let _ = std::fs::remove_file(folder.path().join("doorstep.db-shm"));
    assert!(printed(folder.path(), &["export"]).contains("talk"));
}

#[test]
fn a_misspelt_setting_stops_the_start_with_its_name() {
    let folder = tempdir().unwrap();

    let output = crate::process::doorstep(folder.path())
        .env("DOORSTEP_PUBLIC_ULR", "http://example.com")
        .arg("config")
        .output()
        .unwrap();

    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("DOORSTEP_PUBLIC_ULR"));
}

#[test]
fn a_service_accounts_file_that_is_no_key_stops_the_start_with_its_setting_and_why() {
    let folder = tempdir().unwrap();
    let of_a_person = r#"{ "type": "authorized_user", "refresh_token": "s3cret" }"#;
    std::fs::write(folder.path().join("key.json"), of_a_person).unwrap();

    for (file, why) in [("key.json", "its `type` is not"), ("missing.json", "No such file")] {
        let mut command = doorstep(folder.path());
        let output = command.env("GOOGLE_SERVICE_ACCOUNT_FILE", file).arg("export").output();

        let output = output.unwrap();
        assert!(!output.status.success(), "{file}");
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(complaint.contains("GOOGLE_SERVICE_ACCOUNT_FILE"), "{complaint}");
        assert!(complaint.contains(why) && !complaint.contains("s3cret"), "{complaint}");
    }
}

#[test]
fn secrets_are_encrypted_with_a_new_first_key_and_the_old_one_may_go() {
    let folder = tempdir().unwrap();
    let key = |id: &str, byte: u8| format!("{id}:{}", STANDARD.encode([byte; 32]));
    let (old, new) = (key("old", 1), key("new", 2));
    let with = |keys: &str, arguments: &[&str]| {
        let mut command = doorstep(folder.path());
        command.env("DOORSTEP_SECRET_KEYS", keys).args(arguments).output().unwrap()
    };
    assert!(with(&old, &["key", "create", "--scope", "read"]).status.success());
    assert!(!with(&new, &["export"]).status.success(), "it is encrypted with the old one");

    let both = format!("{new},{old}");
    let rotated = with(&both, &["--json", "secrets", "rotate"]);
    assert!(rotated.status.success());
    let rotated: Value = serde_json::from_slice(&rotated.stdout).unwrap();
    let again = with(&both, &["--json", "secrets", "rotate"]);
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();

    assert_eq!((&rotated["total"], &rotated["changed"]), (&1.into(), &1.into()));
    assert_eq!((&again["total"], &again["changed"]), (&1.into(), &0.into()));
    assert!(with(&new, &["export"]).status.success(), "the old one may go");
}

#[test]
fn the_doctor_names_what_will_not_work_and_says_so_in_its_status() {
    let folder = tempdir().unwrap();

    let output = run(folder.path(), &["--json", "doctor"]);

    assert!(!output.status.success(), "nobody serves here");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let bad: Vec<&str> = found
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["condition"] == "bad")
        .map(|finding| finding["check"].as_str().unwrap())
        .collect();
    assert_eq!(bad, ["public_url"]);
}
