//! What every page keeps, and what each form must carry.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod html;
mod samples;

use domain::operation::Progress;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, RETRY_AFTER};

use self::html::{Element, check};
use super::admin::Section;
use super::admin::door::Fault as DoorFault;
use super::admin::login::LoginFault;
use super::booking::{BookingForm, BookingPage, Refused};
use super::manage::{Allowed, ManagePage, Notice};
use super::message::Occasion;
use super::picker::{Offer, Picker};
use super::status::Status;
use super::{Frame, Page};

fn html(page: &impl Page) -> String {
    page.render().unwrap()
}

fn elements(page: &impl Page) -> Vec<Element> {
    check("page", &html(page))
}

fn hidden<'a>(elements: &'a [Element], name: &str) -> Vec<&'a str> {
    let named = |element: &&Element| element.attribute("name") == Some(name);
    elements.iter().filter(named).filter_map(|element| element.attribute("value")).collect()
}

fn has_form_to(elements: &[Element], action: &str) -> bool {
    elements.iter().any(|element| element.attribute("action") == Some(action))
}

fn with_form(form: BookingForm) -> BookingPage {
    BookingPage { form: Some(form), ..samples::booking() }
}

fn with_offer(offer: Offer) -> BookingPage {
    BookingPage { picker: Picker { offer, ..samples::picker() }, ..samples::booking() }
}

fn embedded() -> Frame {
    Frame { embedded: true, ..samples::frame() }
}

/// Every page in every state there is.
fn every_page() -> Vec<(String, String)> {
    let mut pages = vec![
        ("booking".to_owned(), html(&samples::booking())),
        ("embedded".to_owned(), html(&BookingPage { frame: embedded(), ..samples::booking() })),
        ("form".to_owned(), html(&with_form(samples::form()))),
        ("unavailable".to_owned(), html(&with_offer(Offer::CalendarUnavailable))),
        ("today".to_owned(), html(&samples::bookings(Section::Today))),
        ("bookings".to_owned(), html(&samples::bookings(Section::Bookings))),
        ("admin booking".to_owned(), html(&samples::admin_booking())),
        ("connections".to_owned(), html(&samples::connections())),
        ("occurrences".to_owned(), html(&samples::occurrences())),
        ("door".to_owned(), html(&samples::door(DoorFault::Name))),
        ("full door".to_owned(), html(&samples::door(DoorFault::Full(1)))),
        ("waiting".to_owned(), html(&samples::waiting(Some(2)))),
        ("offered".to_owned(), html(&samples::waiting(None))),
        ("jobs".to_owned(), html(&samples::jobs())),
        ("listing".to_owned(), html(&samples::listing())),
        ("login".to_owned(), html(&samples::login(Some(LoginFault::Wrong)))),
        ("home".to_owned(), html(&samples::home())),
    ];
    for progress in [Progress::Running, Progress::Paused, Progress::Done] {
        pages.push((format!("operation {progress:?}"), html(&samples::operation(progress))));
    }
    for page in samples::explained() {
        pages.push((format!("{:?}", page.answer), html(&page)));
    }
    let faults = ["/attendee/name", "/attendee/email", "/notes", "/party_size", "/start", "/odd"];
    let faults = faults.map(samples::fault).to_vec();
    pages.push(("faults".to_owned(), html(&with_form(BookingForm { faults, ..samples::form() }))));
    for next_on in [None, Some(jiff::civil::date(2027, 1, 11))] {
        let nothing = Offer::Slots { slots: vec![], next_on };
        pages.push((format!("nothing, next {next_on:?}"), html(&with_offer(nothing))));
    }
    for refused in samples::refusals() {
        let name = format!("{refused:?}");
        pages.push((
            name,
            html(&BookingPage { refused: Some(refused), ..with_form(samples::form()) }),
        ));
    }
    for status in Status::ALL {
        pages.push((format!("manage {status:?}"), html(&samples::manage(status))));
    }
    for notice in samples::notices() {
        let (name, picker) = (format!("moving {notice:?}"), Some(samples::picker()));
        let page = samples::manage(Status::Confirmed);
        pages.push((name, html(&ManagePage { notice: Some(notice), picker, ..page })));
    }
    for occasion in samples::occasions() {
        pages.push((format!("{occasion:?}"), html(&samples::message(occasion))));
    }
    pages
}

#[test]
fn every_page_is_well_formed_labelled_and_free_of_inline_code() {
    for (name, html) in every_page() {
        check(&name, &html);
    }
}

#[test]
fn what_people_write_is_never_markup() {
    for (name, html) in every_page() {
        assert!(!html.contains("<script>"), "{name}");
        assert!(!html.contains("</title></textarea>"), "{name}");
        assert!(!html.contains("<!--"), "{name}");
        assert!(html.contains("🏡 مريم"), "{name}: the name itself is kept");
    }
}

#[test]
fn no_form_but_a_search_changes_anything_with_a_get() {
    for (name, html) in every_page() {
        for form in check(&name, &html).iter().filter(|element| element.name == "form") {
            let action = form.attribute("action").unwrap();
            let posts = form.attribute("method") == Some("post");
            assert!(posts || !changes_something(action), "{name}: {action}");
        }
    }
}

/// Whether a path is one of those that change something.
fn changes_something(action: &str) -> bool {
    ["/cancel", "/move", "/retry", "/no-show", "/logout", "/login"]
        .iter()
        .any(|change| action.ends_with(change))
}

#[test]
fn every_form_that_changes_a_booking_carries_its_revision() {
    let confirmed = samples::manage(Status::Confirmed);
    let mut picker = samples::picker();
    picker.start = Some(samples::at("2026-12-03T18:00:00Z"));
    let moving = ManagePage { picker: Some(picker), ..confirmed.clone() };

    let (confirmed, moving) = (elements(&confirmed), elements(&moving));

    assert!(has_form_to(&confirmed, "/b/tok/cancel"));
    assert_eq!(hidden(&confirmed, "revision"), ["7"]);
    assert!(has_form_to(&moving, "/b/tok/move"));
    assert_eq!(hidden(&moving, "revision"), ["7"]);
    assert_eq!(hidden(&moving, "start"), ["2026-12-03T18:00:00Z"]);
}

#[test]
fn a_form_is_sent_with_its_start_and_submission_id() {
    let form = BookingForm { submission_id: "sub_1".to_owned(), ..samples::form() };

    let elements = elements(&with_form(form));

    assert!(has_form_to(&elements, "/book/123-main-st"));
    assert_eq!(hidden(&elements, "start"), ["2026-12-03T18:00:00Z"]);
    assert_eq!(hidden(&elements, "submission_id"), ["sub_1"]);
}

#[test]
fn the_party_is_asked_for_only_where_more_than_one_may_come() {
    let alone = BookingForm { most_people: None, ..samples::form() };

    assert_eq!(hidden(&elements(&with_form(alone)), "party_size").len(), 0);
    assert_eq!(hidden(&elements(&with_form(samples::form())), "party_size").len(), 1);
}

#[test]
fn a_taken_slot_comes_back_with_others_and_with_what_was_typed() {
    let alternatives = vec![samples::slot("2026-12-03T18:30:00Z")];
    let page = BookingPage {
        refused: Some(Refused::Taken { alternatives }),
        ..with_form(BookingForm {
            values: super::booking::Values { name: "Bo Buyer".to_owned(), ..Default::default() },
            ..samples::form()
        })
    };

    let elements = elements(&page);

    assert_eq!(page.status(), StatusCode::CONFLICT);
    assert_eq!(hidden(&elements, "start"), ["2026-12-03T18:30:00Z"]);
    assert_eq!(hidden(&elements, "name"), ["Bo Buyer"]);
}

#[test]
fn a_fault_stands_at_its_field_and_in_the_summary() {
    let faults = vec![samples::fault("/attendee/phone")];
    let page = with_form(BookingForm { faults, ..samples::form() });

    let elements = elements(&page);

    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    let phone = elements.iter().find(|element| element.attribute("id") == Some("phone")).unwrap();
    assert_eq!(phone.attribute("aria-invalid"), Some("true"));
    assert!(phone.attribute("aria-describedby").unwrap().contains("phone-fault"));
    assert!(elements.iter().any(|element| element.attribute("href") == Some("#phone")));
}

#[test]
fn a_page_refreshes_itself_only_while_something_is_being_settled() {
    for status in Status::ALL {
        let refreshes = html(&samples::manage(status)).contains("http-equiv=\"refresh\"");
        assert_eq!(refreshes, matches!(status, Status::Pending | Status::Moving), "{status:?}");
    }
}

#[test]
fn only_the_link_that_may_change_a_booking_shows_how() {
    let page = samples::manage(Status::Confirmed);
    let guest = ManagePage { allowed: Allowed::Look, ..page.clone() };
    let framed = ManagePage { frame: embedded(), ..page.clone() };

    assert!(has_form_to(&elements(&page), "/b/tok/cancel"));
    assert!(!has_form_to(&elements(&guest), "/b/tok/cancel"));
    assert!(!has_form_to(&elements(&framed), "/b/tok/cancel"));
}

#[test]
fn a_notice_in_the_address_is_believed_only_where_the_booking_agrees() {
    assert!(Notice::announced("cancelled", Status::Confirmed).is_none());
    assert!(Notice::announced("moved", Status::Cancelled).is_none());
    assert!(Notice::announced("<script>", Status::Confirmed).is_none());
    assert!(matches!(Notice::announced("moved", Status::Confirmed), Some(Notice::Moved)));
}

#[test]
fn a_manage_page_is_kept_by_nobody_and_framed_by_nobody() {
    let response = samples::manage(Status::Confirmed).answer();

    let header = |name| response.headers()[name].to_str().unwrap();
    assert_eq!(header(CACHE_CONTROL), "no-store");
    assert_eq!(header(REFERRER_POLICY), "same-origin");
    assert!(header(CONTENT_SECURITY_POLICY).starts_with("default-src 'self';"));
    assert!(header(CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"));
    assert!(html(&samples::manage(Status::Confirmed)).contains("content=\"noindex, nofollow\""));
}

#[test]
fn only_an_embedded_page_may_be_framed() {
    let framed = BookingPage { frame: embedded(), ..samples::booking() }.answer();
    let alone = samples::booking().answer();

    let policy = |response: &axum::response::Response| {
        response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
    };
    assert!(policy(&framed).contains("frame-ancestors *"));
    assert!(policy(&alone).contains("frame-ancestors 'none'"));
}

#[test]
fn whoever_must_wait_is_told_how_long() {
    let page = samples::message(Occasion::TooMany { retry_after_seconds: 20 });

    let response = page.answer();

    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()[RETRY_AFTER], "20");
    assert!(html(&page).contains("20 seconds"));
}

#[test]
fn the_code_that_the_phone_line_asks_for_is_shown_to_whoever_may_use_it() {
    let page = samples::manage(Status::Confirmed);
    let booking = super::manage::BookingView { phone: None, ..page.booking.clone() };
    let without = ManagePage { booking, ..page.clone() };

    assert!(html(&page).contains("Booking code <strong class=\"code\">01234567</strong>"));
    assert!(html(&page).contains("href=\"tel:+12135550100\""));
    assert!(!html(&without).contains("Booking code"));
}

#[test]
fn the_dashboard_shows_who_said_that_they_come() {
    let page = html(&samples::admin_booking());

    assert!(page.contains("will come: said so by text, Friday, November 20, 2026, 9:00"), "{page}");
}

#[test]
fn every_page_is_in_the_language_that_was_chosen_and_its_links_keep_it() {
    let frame = samples::frame();
    let visitor = frame.visitor.choosing_language(domain::Language::German);
    let frame = Frame { visitor: visitor.clone(), ..frame };
    let picker = || Picker { visitor: visitor.clone(), ..samples::picker() };
    let manage = samples::manage(Status::Confirmed);
    let pages = [
        html(&super::home::HomePage { frame: frame.clone(), ..samples::home() }),
        html(&BookingPage { frame: frame.clone(), picker: picker(), ..with_form(samples::form()) }),
        html(&ManagePage { frame: frame.clone(), picker: Some(picker()), ..manage.clone() }),
        html(&ManagePage { frame: frame.clone(), ..manage }),
    ];
    for page in pages {
        assert!(page.contains("<html lang=\"de\""), "{page}");
        for element in check("page", &page) {
            let way = element.attribute("href").or(element.attribute("action"));
            let ours = way.filter(|way| ["/book", "/b/"].iter().any(|own| way.starts_with(own)));
            // A file has no language, and a form that is sent as an address carries it hidden.
            let file = |way: &str| way.ends_with("/event.ics");
            let search = element.attribute("method") == Some("get");
            if let Some(way) = ours.filter(|way| !file(way) && !search) {
                assert!(way.contains("lang=de"), "{way}");
            }
        }
    }
    let searching = BookingPage { frame, picker: picker(), ..samples::booking() };
    assert_eq!(hidden(&elements(&searching), "lang"), ["de"]);
}
