//! Finding bookings, their claims and their history, page by page.

use domain::{BookingId, TimelineEntryId, WorkspaceId};
use store::booking::{BookingFilter, FindBooking, ListBookings};
use store::openings::LoadClaims;
use store::timeline::ListTimeline;

use crate::database::{Database, WORKSPACE};
use crate::given::{at, attendee, between, now, offer, with_phone};

on_each_database! {
    bookings_are_listed_by_start_page_by_page,
    everything_that_a_filter_names_must_hold,
    another_workspace_sees_nothing,
    claims_are_read_for_each_host_in_a_range,
    a_timeline_is_read_page_by_page,
}

async fn list(db: &Database, filter: BookingFilter) -> Vec<BookingId> {
    page(db, filter, None, 100).await
}

async fn page(
    db: &Database,
    filter: BookingFilter,
    after: Option<(jiff::Timestamp, BookingId)>,
    limit: i64,
) -> Vec<BookingId> {
    let list = ListBookings { workspace: WORKSPACE, filter, after, limit };
    let found = db.store.read(list).await.unwrap();
    found.into_iter().map(|stored| stored.booking.id).collect()
}

async fn bookings_are_listed_by_start_page_by_page(db: Database) {
    let late = db.confirmed("14:00").await;
    let early = db.confirmed("10:00").await;
    let to_cy = |unit: &mut store::booking::BookSlot| unit.hosts = vec![offer("cy", true)];
    let (same_time, _) = db.request("10:00").with(to_cy).accepted().await;
    let all = BookingFilter::default;

    assert_eq!(list(&db, all()).await, [early.id, same_time.id, late.id]);

    let first = page(&db, all(), None, 1).await;
    let second = page(&db, all(), Some((at("10:00"), first[0])), 1).await;
    let third = page(&db, all(), Some((at("10:00"), second[0])), 5).await;
    assert_eq!([first, second, third], [vec![early.id], vec![same_time.id], vec![late.id]]);
}

async fn everything_that_a_filter_names_must_hold(db: Database) {
    let ada = db.confirmed("10:00").await;
    let with_cy = db.request("12:00").with(|unit| {
        unit.hosts = vec![offer("cy", true)];
        unit.request.lead = with_phone(attendee("Dee Caller"));
        unit.request.guests = vec![attendee("Eve Guest")];
    });
    let (cy, _) = with_cy.accepted().await;
    db.cancellation(ada.id).done().await;
    let filter = BookingFilter::default;
    let text = |text: &str| Some(text.to_owned());
    let rows = [
        (BookingFilter { status: text("cancelled"), ..filter() }, vec![ada.id]),
        (BookingFilter { status: text("pending"), ..filter() }, vec![cy.id]),
        (BookingFilter { host: Some("cy".parse().unwrap()), ..filter() }, vec![cy.id]),
        (BookingFilter { service: Some("viewing".parse().unwrap()), ..filter() }, vec![]),
        (BookingFilter { from: Some(at("10:00")), ..filter() }, vec![ada.id, cy.id]),
        (BookingFilter { from: Some(at("10:01")), ..filter() }, vec![cy.id]),
        (BookingFilter { to: Some(at("12:00")), ..filter() }, vec![ada.id]),
        (BookingFilter { attendee: text("+12135550142"), ..filter() }, vec![cy.id]),
        (BookingFilter { attendee: text("eve.guest@example.com"), ..filter() }, vec![cy.id]),
        (BookingFilter { attendee: text("nobody@example.com"), ..filter() }, vec![]),
        (BookingFilter { status: text("pending"), to: Some(at("12:00")), ..filter() }, vec![]),
    ];
    for (filter, expected) in rows {
        let row = format!("{filter:?}");

        assert_eq!(list(&db, filter).await, expected, "{row}");
    }
}

async fn another_workspace_sees_nothing(db: Database) {
    let booking = db.confirmed("10:00").await;
    let workspace = WorkspaceId(2);

    let find = FindBooking { workspace, id: booking.id };
    assert!(db.store.read(find).await.unwrap().is_none());
    let filter = BookingFilter::default();
    let list = ListBookings { workspace, filter, after: None, limit: 10 };
    assert!(db.store.read(list).await.unwrap().is_empty());
}

async fn claims_are_read_for_each_host_in_a_range(db: Database) {
    db.confirmed("10:00").await;
    db.confirmed("14:00").await;
    let load = |start, end| LoadClaims {
        workspace: WORKSPACE,
        hosts: ["cy", "ada"].map(|host| (host.parse().unwrap(), between(start, end))).into(),
        now: now(),
    };

    let claims = db.store.read(load("09:00", "12:00")).await.unwrap();

    assert!(claims[0].is_empty());
    assert_eq!(claims[1].len(), 1);
    assert_eq!(claims[1][0].interval, between("10:00", "10:30"));
    assert_eq!(claims[1][0].slot, between("10:00", "10:30"));
    let around = db.store.read(load("10:30", "14:00")).await.unwrap();
    assert!(around[1].is_empty(), "what touches is outside");
}

async fn a_timeline_is_read_page_by_page(db: Database) {
    let booking = db.confirmed("10:00").await;
    let page = async |after: Option<TimelineEntryId>, limit| {
        let list = ListTimeline { workspace: WORKSPACE, booking: booking.id, after, limit };
        db.store.read(list).await.unwrap()
    };

    let first = page(None, 1).await;
    let rest = page(Some(first[0].id), 10).await;

    assert_eq!(first[0].kind, "request.received");
    assert_eq!(
        rest.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(),
        ["booking.decided"]
    );
    assert!(page(Some(rest[0].id), 10).await.is_empty());
}
