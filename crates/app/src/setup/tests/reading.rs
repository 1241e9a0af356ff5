//! What right documents mean.

use domain::Provider;
use domain::people::Country;
use domain::service::{Channel, Day, WhenUnreachable};
use domain::source::{Field, Verification};
use jiff::SignedDuration;
use jiff::civil::{Weekday, date, time};
use serde_json::json;

use super::samples::{documents, documents_with, example};
use crate::setup::{Documents, Kind, Setup, SetupFile};

#[test]
fn the_example_of_the_reference_is_taken_whole() {
    let (_, setup) = SetupFile::apply(example(), &Documents::default(), None).unwrap();

    let service = setup.service(&"123-main-st".parse().unwrap()).unwrap();
    let rules = &service.rules;
    assert_eq!(service.title, "Open house viewing: 123 Main St");
    assert_eq!(rules.buffer_after, SignedDuration::from_mins(15));
    assert_eq!(rules.max_per_day, Some(12));
    assert_eq!(rules.weekly.len(), 5);
    assert!(rules.windows_on(date(2026, 12, 25)).is_empty());
    assert_eq!(rules.windows_on(date(2026, 12, 24))[0].until(), Some(time(12, 0, 0, 0)));
    let cached = WhenUnreachable::Cached(SignedDuration::from_mins(15));
    assert_eq!(service.when_unreachable, cached);
    let minutes: Vec<u32> = service.calendar_reminders.iter().map(|r| r.minutes_before).collect();
    assert_eq!(minutes, [1_440, 60]);
    let reminders: Vec<_> =
        service.telling.reminders.iter().map(|r| (r.before.as_hours(), r.channel)).collect();
    assert_eq!(reminders, [(24, Channel::Email), (1, Channel::Sms)]);

    let jane = "jane".parse().unwrap();
    assert_eq!(setup.write_calendar(&jane).unwrap().account, "jane@agency.example");
    assert_eq!(setup.busy_calendars(&jane).count(), 1);
    assert_eq!(setup.services_of(&jane).count(), 1);
    assert_eq!(setup.hosts_of(service).next().unwrap().id, jane);

    let source = setup.source(&"website".parse().unwrap()).unwrap();
    let name: Vec<&str> = source.map.0[&Field::Name].iter().map(domain::Pointer::as_str).collect();
    assert_eq!(name, ["/1.3", "/1.6"]);
    assert!(
        matches!(&source.verify, Verification::Header { header, .. } if header == "X-Form-Secret")
    );
}

#[test]
fn what_is_left_out_has_its_default() {
    let setup = Setup::build(&documents(), None).unwrap();

    let service = setup.service(&"viewing".parse().unwrap()).unwrap();
    assert_eq!(service.rules.slot_every, service.rules.duration);
    assert_eq!(service.rules.buffer_before, SignedDuration::ZERO);
    assert_eq!(service.rules.notice, SignedDuration::from_hours(2));
    assert_eq!(service.rules.horizon, SignedDuration::from_hours(60 * 24));
    assert_eq!(service.rules.max_per_day, None);
    assert_eq!(service.when_unreachable, WhenUnreachable::Closed);
    assert_eq!(service.messages, [Channel::Sms, Channel::Email]);
    assert!(service.guests_may_change && service.calendar_reminders.is_empty());
    let calendar = setup.calendar(&"jane-work".parse().unwrap()).unwrap();
    assert!(calendar.is_written() && calendar.is_busy());
    // Never `primary`, which is another calendar for another account.
    let own = (Provider::Google, calendar.account.as_str());
    assert_eq!((calendar.provider, calendar.calendar.as_str()), own);
}

#[test]
fn windows_of_a_day_may_touch_and_are_kept_in_order() {
    let availability = json!([
        { "days": ["sun"], "from": "12:00", "to": "24:00" },
        { "days": ["sun"], "from": "09:00", "to": "12:00" },
    ]);
    let documents = documents_with(Kind::Service, &json!({ "availability": availability }));

    let setup = Setup::build(&documents, None).unwrap();

    let service = setup.services().next().unwrap();
    let sunday = &service.rules.weekly[&Day(Weekday::Sunday)];
    let untils: Vec<_> = sunday.iter().map(|window| window.until()).collect();
    assert_eq!(untils, [Some(time(12, 0, 0, 0)), None]);
}

#[test]
fn one_date_may_have_several_windows_and_no_weekday_any() {
    let overrides = json!([
        { "date": "2027-01-02", "from": "14:00", "to": "15:00" },
        { "date": "2027-01-02", "from": "09:00", "to": "10:00" },
    ]);
    let changes = json!({ "availability": [], "overrides": overrides });

    let setup = Setup::build(&documents_with(Kind::Service, &changes), None).unwrap();

    let service = setup.services().next().unwrap();
    assert_eq!(service.rules.windows_on(date(2027, 1, 2)).len(), 2);
}

#[test]
fn a_number_without_country_code_is_read_in_the_default_region() {
    let documents = documents_with(Kind::Host, &json!({ "phone": "(213) 555-0100" }));

    let setup = Setup::build(&documents, Country::parse("US")).unwrap();

    let host = setup.host(&"jane".parse().unwrap()).unwrap();
    assert_eq!(host.phone.as_ref().unwrap().as_str(), "+12135550100");
}

#[test]
fn a_secret_keeps_its_spaces() {
    let verify = json!({ "hmac": "X-Signature", "secret": " s " });

    let setup = Setup::build(&documents_with(Kind::Source, &json!({ "verify": verify })), None);

    let setup = setup.unwrap();
    let Verification::Hmac { secret, .. } = &setup.sources().next().unwrap().verify else {
        panic!("the header carries an HMAC");
    };
    assert_eq!(secret.expose(), " s ");
}

#[test]
fn a_source_without_verification_is_the_operators_choice() {
    let documents = documents_with(Kind::Source, &json!({ "verify": null }));

    let setup = Setup::build(&documents, None).unwrap();

    assert!(matches!(setup.sources().next().unwrap().verify, Verification::None));
}

#[test]
fn start_formats_that_say_date_and_time_are_taken() {
    for format in ["%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p", "%B %d, %Y at %I:%M%P", "%FT%T"] {
        let documents = documents_with(Kind::Source, &json!({ "start_format": format }));
        assert_eq!(Setup::build(&documents, None).map(drop), Ok(()), "{format}");
    }
}

#[test]
fn the_public_sees_a_service_without_its_rules() {
    let documents = documents_with(Kind::Host, &json!({ "email": "jane@agency.example" }));

    let view = documents.services["viewing"].public_view(&documents.hosts);

    let expected = json!({
        "id": "viewing", "title": "Viewing", "duration": "30m",
        "hosts": [{ "id": "jane", "name": "Jane Agent" }],
        "timezone": "America/Los_Angeles", "capacity": 1, "waitlist": false,
    });
    assert_eq!(serde_json::to_value(view).unwrap(), expected);
}

#[test]
fn as_many_overrides_as_are_allowed_are_read() {
    let overrides: Vec<_> = (0..1_000)
        .map(|n| {
            let (hour, minute) = (n / 60, n % 60);
            json!({ "date": "2027-01-02", "from": format!("{hour:02}:{minute:02}"),
                    "to": format!("{:02}:{:02}", (n + 1) / 60, (n + 1) % 60) })
        })
        .collect();
    let documents = documents_with(Kind::Service, &json!({ "overrides": overrides }));

    let setup = Setup::build(&documents, None).unwrap();

    let service = setup.services().next().unwrap();
    assert_eq!(service.rules.windows_on(date(2027, 1, 2)).len(), 1_000);
}
