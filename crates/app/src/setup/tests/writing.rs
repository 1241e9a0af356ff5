//! What is written reads back the same.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::samples::{documents, example};
use crate::setup::{
    CalendarDoc, Documents, FieldMapDoc, HolidayDoc, HostDoc, OverrideDoc, PointersDoc, SecretText,
    ServiceDoc, SetupFile, SourceDoc, TextDoc, TravelTimeDoc, VerifyDoc, WindowDoc, to_toml,
};

/// Any text, also such as no document may have: writing must not depend on what is right.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z0-9-]{1,8}", Just("\"\"\"\r\n'''\\\t\u{7f}".to_owned())]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..4)
}

fn pointers() -> impl Strategy<Value = PointersDoc> {
    prop_oneof![text().prop_map(PointersDoc::One), texts().prop_map(PointersDoc::Several)]
}

prop_compose! {
    fn holiday()(date in text(), name in option::of(text())) -> HolidayDoc {
        HolidayDoc { date, name }
    }
}

prop_compose! {
    fn travel_time()(between in texts(), time in text()) -> TravelTimeDoc {
        TravelTimeDoc { between, time }
    }
}

prop_compose! {
    fn host()(id in text(), name in text(), email in option::of(text()), phone in option::of(text()),
              timezone in text(), notices in texts(), daily_summary in option::of(text()),
              language in text(), holidays in vec(holiday(), 0..3),
              travel_times in vec(travel_time(), 0..3)) -> HostDoc {
        let sample = documents().hosts.remove("jane").unwrap();
        HostDoc { id, name, email, phone, timezone, notices, daily_summary, language, travel_times,
                  holidays, ..sample }
    }
}

prop_compose! {
    fn calendar()(id in text(), host in text(), provider in text(), account in option::of(text()),
                  calendar in text(), roles in texts()) -> CalendarDoc {
        CalendarDoc { id, host, provider, account, calendar, roles }
    }
}

prop_compose! {
    fn own_words()(news in text(), language in option::of(text()), subject in option::of(text()),
                   body in option::of(text()), sms in option::of(text())) -> TextDoc {
        TextDoc { news, language, subject, body, sms }
    }
}

prop_compose! {
    fn window()(days in texts(), from in text(), to in text()) -> WindowDoc {
        WindowDoc { days, from, to }
    }
}

prop_compose! {
    fn override_doc()(date in text(), closed in any::<bool>(), from in option::of(text()),
                      to in option::of(text())) -> OverrideDoc {
        OverrideDoc { date, closed, from, to }
    }
}

prop_compose! {
    fn service()(id in text(), lengths in [text(), text(), text()], description in option::of(text()),
                 slot_every in option::of(text()), max_per_day in option::of(any::<u32>()),
                 (capacity, durations, weights) in (any::<u32>(), texts(), btree_map(text(), any::<u32>(), 0..3)),
                 flags in any::<[bool; 2]>(), lists in [texts(), texts()],
                 availability in vec(window(), 0..3), overrides in vec(override_doc(), 0..3),
                 quiet_hours in option::of(text()), texts in vec(own_words(), 0..3))
                 -> ServiceDoc {
        let mut service = documents().services.remove("viewing").unwrap();
        let [waitlist, guests_may_change] = flags;
        [service.title, service.duration, service.waitlist_offer] = lengths;
        [service.hosts, service.reminders] = lists;
        ServiceDoc { id, description, weights, durations, slot_every, max_per_day, capacity, waitlist,
                     quiet_hours, texts, guests_may_change, availability, overrides, ..service }
    }
}

prop_compose! {
    fn source()(id in text(), kind in text(), service in option::of(text()),
                names in option::of((option::of(text()), option::of(text()), text())),
                start in option::of(pointers()), name in option::of(pointers()),
                answers in btree_map(text(), pointers(), 0..3)) -> SourceDoc {
        let verify = names.map(|(header, hmac, secret)| VerifyDoc {
            header, hmac, secret: SecretText::new(secret),
        });
        let map = FieldMapDoc { start, name, answers, ..FieldMapDoc::default() };
        SourceDoc { id, kind, service: service.clone(), timezone: service, verify, map, start_format: None }
    }
}

prop_compose! {
    fn any_documents()(hosts in vec(host(), 0..3), calendars in vec(calendar(), 0..3),
                       services in vec(service(), 0..3), sources in vec(source(), 0..3)) -> Documents {
        documents_of(SetupFile { hosts, calendars, services, sources })
    }
}

fn documents_of(file: SetupFile) -> Documents {
    Documents {
        hosts: file.hosts.into_iter().map(|doc| (doc.id.clone(), doc)).collect(),
        calendars: file.calendars.into_iter().map(|doc| (doc.id.clone(), doc)).collect(),
        services: file.services.into_iter().map(|doc| (doc.id.clone(), doc)).collect(),
        sources: file.sources.into_iter().map(|doc| (doc.id.clone(), doc)).collect(),
    }
}

proptest! {
    #[test]
    fn an_exported_file_reads_back_as_the_same_documents(documents in any_documents()) {
        let exported = to_toml(&documents);
        let file = SetupFile::from_toml(&exported).expect(&exported);
        prop_assert_eq!(documents_of(file), documents);
    }

    #[test]
    fn stored_documents_read_back_the_same(documents in any_documents()) {
        let mut back = Documents::default();
        for (kind, _, json) in documents.to_stored() {
            back.put_stored(kind, &json).unwrap();
        }
        prop_assert_eq!(back, documents);
    }

    #[test]
    fn no_text_makes_reading_panic(text in ".{0,200}") {
        let _ = SetupFile::from_toml(&text);
    }
}

#[test]
fn an_exported_file_looks_like_the_one_people_write() {
    let (documents, _) = SetupFile::apply(example(), &Documents::default(), None).unwrap();

    let exported = to_toml(&documents);

    for line in example().lines().filter(|line| !line.is_empty()) {
        let written = line.split("  ").next().unwrap();
        // Members inside a table are in alphabetical order.
        if !["overrides", "verify", "map"].iter().any(|member| line.starts_with(member)) {
            assert!(exported.contains(written), "{written}\n{exported}");
        }
    }
}
