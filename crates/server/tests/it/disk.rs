//! A disk that takes nothing more, and a file that may not be written.

use std::process::{Command, Stdio};

use tempfile::tempdir;

use crate::instance::{Instance, apply, around_the_clock};
use crate::process::{doorstep, printed};

/// A limit on the size of each file stands for the full disk: the system refuses the write there
/// too, needs no privilege for it, and can be told to give more.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_loses_nothing_and_goes_on_when_there_is_space() {
    let folder = tempdir().unwrap();
    apply(folder.path(), "sqlite://doorstep.db", &around_the_clock(1, |_| String::new()));
    let mut limited = Command::new("sh");
    let serve = doorstep(folder.path()).get_program().to_owned();
    limited.current_dir(folder.path()).env_clear().env("PORT", "0").arg("-c");
    // In blocks of 512 bytes. The signal is ignored, so that the write fails instead.
    limited.arg("trap '' XFSZ; ulimit -S -f 4096; exec \"$1\" serve").arg("sh").arg(serve);
    let instance = Instance::started(limited, "sqlite://doorstep.db", &[]);

    let mut booked = Vec::new();
    let refused = loop {
        let number = booked.len();
        let (day, hour, minute) = (1 + number / 288, number / 12 % 24, number % 12 * 5);
        let start = format!("2027-06-{day:02}T{hour:02}:{minute:02}:00Z");
        let (status, answer) = instance.book(0, &start, &start).await.unwrap();
        if status != 201 {
            break (status, answer, start);
        }
        booked.push((start, answer["id"].clone()));
    };

    assert_eq!((refused.0, refused.1["code"].as_str()), (503, Some("unavailable")));
    // It writes less than a booking, and may find a little space that was left.
    instance.until("/health/ready", 503).await;
    let slots = "/v1/services/visit-0/slots?from=2027-06-01&to=2027-06-02";
    assert_eq!(instance.status(slots).await, 200, "what is stored is still read");
    assert!(booked.len() > 10, "{} bookings fitted", booked.len());
    let pid = instance.pid().to_string();
    let freed = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status();
    assert!(freed.unwrap().success());
    instance.until("/health/ready", 200).await;
    let (status, _) = instance.book(0, &refused.2, &refused.2).await.unwrap();
    assert_eq!(status, 201, "the same request succeeds");
    for (start, id) in &booked {
        let (status, again) = instance.book(0, start, start).await.unwrap();
        assert_eq!((status, &again["id"]), (200, id));
    }
}

#[test]
fn a_file_that_may_not_be_written_stops_the_start_with_its_name() {
    let folder = tempdir().unwrap();
    printed(folder.path(), &["migrate"]);
    let mut permissions =
        std::fs::metadata(folder.path().join("doorstep.db")).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(folder.path().join("doorstep.db"), permissions).unwrap();
    // Root may write everything: it has to give that up first.
    let without_root = Command::new("setpriv")
        .args(["--bounding-set=-all", "--inh-caps=-all", "true"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let serve = doorstep(folder.path()).get_program().to_owned();
    let mut command =
        if without_root { Command::new("setpriv") } else { Command::new(serve.clone()) };
    if without_root {
        command.args(["--bounding-set=-all", "--inh-caps=-all"]).arg(serve);
    }

    let output =
        command.current_dir(folder.path()).env_clear().env("PORT", "0").arg("serve").output();

    let output = output.unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{complaint}");
    assert!(
        complaint.contains("doorstep.db") && complaint.contains("may not be written"),
        "{complaint}"
    );
}
