//! Whatever somebody types or sends, a page comes back, and what was typed is text.

use axum::http::{Method, StatusCode};

use super::given::Given;

const MARKUP: &str = "\"'></textarea></title><script>alert(1)</script><!--";

#[tokio::test]
async fn what_was_typed_comes_back_as_text() {
    let given = Given::agency().await;
    let browser = given.browser();
    let form = browser.get("/book/viewing?start=2026-12-03T18:00:00Z").await;

    let typed = [("name", MARKUP), ("email", MARKUP), ("phone", MARKUP), ("notes", MARKUP)];
    let faulty = browser.submit(&form, "/book/viewing", &typed).await;

    assert_eq!(faulty.status, StatusCode::BAD_REQUEST);
    faulty.does_not_say("<script>alert");
    faulty.does_not_say("</textarea></title>");
    faulty.says("alert(1)");
}

#[tokio::test]
async fn a_name_is_text_on_every_page_that_shows_it() {
    let given = Given::agency().await;
    let browser = given.browser();
    let form = browser.get("/book/viewing?start=2026-12-03T18:00:00Z").await;

    let typed = [("name", MARKUP), ("email", "bo@example.com"), ("notes", "مريم 🏡\nline two")];
    let booked = browser.submit(&form, "/book/viewing", &typed).await;
    let standing = browser.get(booked.location()).await;

    standing.does_not_say("<script>alert");
    let stored = given.booking().await.booking;
    assert_eq!(stored.lead().label(), MARKUP);
    assert_eq!(stored.notes.as_deref(), Some("مريم 🏡\nline two"));
}

#[tokio::test]
async fn no_address_makes_the_server_fail() {
    let given = Given::agency().await;
    let browser = given.browser();
    browser.books("2026-12-03T18:00:00Z").await;
    let link = given.link(0).await;
    let long = "x".repeat(5_000);

    for junk in [
        "month=%00",
        "month=9999-12&day=9999-12-31&start=9999-12-31T23:59:59Z",
        "start=-009999-01-01T00:00:00Z",
        "start=9999-12-30T22:00:00.999999999Z",
        "tz=../../etc/passwd",
        "tz=Europe/Berlin&tz=UTC&month=2026-12&month=2027-01",
        "day=2026-02-30",
        "notice=%3Cscript%3E",
        "a&b&=&&&%",
        "%ff=%ff",
        long.as_str(),
    ] {
        for path in ["/", "/book/viewing", link.as_str(), "/admin/login"] {
            let page = browser.get(&format!("{path}?move=1&{junk}")).await;
            assert!(page.status.as_u16() < 500, "{path} {junk}: {}", page.status);
            page.does_not_say("<script>");
        }
    }
}

#[tokio::test]
async fn no_form_makes_the_server_fail_or_books() {
    let given = Given::agency().await;
    let browser = given.browser();
    let many = "f=1&".repeat(300);
    let large = format!("notes={}", "x".repeat(70_000));
    let start = "start=2026-12-03T18%3A00%3A00Z&name=Bo&email=bo%40example.com";
    let long_id = format!("{start}&submission_id={}", "x".repeat(300));

    for (body, status) in [
        ("", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("none=", StatusCode::CONFLICT),
        ("start=soon&name=Bo&email=bo%40example.com", StatusCode::CONFLICT),
        ("start=9999-12-30T22%3A00%3A00Z&name=Bo&email=bo%40example.com", StatusCode::CONFLICT),
        ("start=2026-12-03T18%3A00%3A00Z&name=%FF", StatusCode::BAD_REQUEST),
        ("start=2026-12-03T18%3A00%3A00Z&name=%00&email=bo%40example.com", StatusCode::BAD_REQUEST),
        (&format!("{start}&name=Cy"), StatusCode::BAD_REQUEST),
        (&format!("{start}&party_size=-1"), StatusCode::BAD_REQUEST),
        (&format!("{start}&party_size=99999999999999999999"), StatusCode::BAD_REQUEST),
        (&long_id, StatusCode::BAD_REQUEST),
        (&many, StatusCode::BAD_REQUEST),
        (&large, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let page = browser.send(Method::POST, "/book/viewing", body).await;
        let shown = &body[..body.len().min(80)];
        assert_eq!(page.status, status, "{shown}: {}", page.html);
        assert!(page.header("content-type").starts_with("text/html"), "{shown}");
    }
    assert!(given.bookings().await.is_empty());
}

#[tokio::test]
async fn a_change_that_no_form_of_ours_sends_is_refused() {
    let given = Given::agency().await;
    let browser = given.browser();
    browser.books("2026-12-03T18:00:00Z").await;
    let link = given.link(0).await;
    let revision = given.booking().await.booking.revision.to_string();
    let start = ("start", "2026-12-04T18:00:00Z");
    let long = "x".repeat(2_000);

    for (action, fields) in [
        ("cancel", vec![]),
        ("cancel", vec![("revision", "99999999999999999999")]),
        ("cancel", vec![("revision", "one")]),
        ("cancel", vec![("revision", revision.as_str()), ("reason", "\u{1b}[2J")]),
        ("cancel", vec![("revision", revision.as_str()), ("reason", long.as_str())]),
        ("move", vec![("revision", revision.as_str())]),
        ("move", vec![start]),
        ("move", vec![("revision", revision.as_str()), ("start", "tomorrow")]),
    ] {
        let page = browser.post(&format!("{link}/{action}"), &fields).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{action} {fields:?}");
    }
    let end = [("revision", revision.as_str()), ("start", "9999-12-30T21:00:00Z")];
    let never = browser.post(&format!("{link}/move"), &end).await;
    assert_eq!(never.status, StatusCode::CONFLICT);
    assert_eq!(given.booking().await.booking.revision.to_string(), revision);
}
