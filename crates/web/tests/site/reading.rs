//! Reading changes nothing: mail scanners open every link (contract, promise 10).

use app::key::Scope;
use axum::http::{Method, StatusCode};
use store::{StoreError, Tx, UnitOfWork};

use super::browser::Browser;
use super::given::Given;

/// Every row of every table, as SQL literals.
struct EveryRow;

impl UnitOfWork for EveryRow {
    const NAME: &'static str = "test.every_row";
    type Outcome = Vec<String>;

    async fn run(&self, tx: &mut impl Tx) -> Result<Vec<String>, StoreError> {
        let columns = "select m.name, group_concat('quote(\"' || c.name || '\")', ' || ''|'' || ')
              from sqlite_master m join pragma_table_info(m.name) c
             where m.type = 'table' and m.name not like 'sqlite_%'
             group by m.name order by m.name";
        let mut rows = Vec::new();
        for mut table in tx.query(columns, &[]).await? {
            let (name, columns): (String, String) = (table.take()?, table.take()?);
            // Statements live as long as the program; the test's end is that.
            let sql = format!("select {columns} as row from \"{name}\" order by row").leak();
            for mut row in tx.query(sql, &[]).await? {
                rows.push(format!("{name}: {}", row.take::<String>()?));
            }
        }
        Ok(rows)
    }
}

async fn every_row(given: &Given) -> Vec<String> {
    given.app.store().read(EveryRow).await.unwrap()
}

async fn open_everything(browser: &Browser<'_>, link: &str, booking: &str) {
    let admin_booking = format!("/admin/bookings/{booking}");
    let under_link = ["", "?move=1", "?notice=cancelled", "/event.ics", "/cancel", "/move"]
        .map(|rest| format!("{link}{rest}"));
    let others = [
        "/",
        "/book/viewing",
        "/book/viewing?start=2026-12-04T18:00:00Z",
        "/book/viewing?submission_id=x&name=Bo&start=2026-12-04T18:00:00Z",
        "/admin",
        "/admin/login",
        "/admin/logout",
        "/admin/bookings",
        "/admin/connections",
        "/admin/jobs",
        "/admin/jobs/job_00000000000000000000000000/retry",
        "/admin/services",
        "/admin/sources",
        &admin_booking,
        &format!("{admin_booking}/cancel"),
        &format!("{admin_booking}/no-show"),
        "/assets/doorstep.css",
        "/embed.js",
        "/favicon.ico",
        "/nothing",
    ]
    .map(str::to_owned);
    for path in under_link.iter().chain(&others) {
        for method in [Method::GET, Method::HEAD] {
            let page = browser.send(method, path, "").await;
            assert!(page.status.as_u16() < 500, "{path}: {}", page.status);
        }
    }
}

#[tokio::test]
async fn no_link_changes_anything_when_it_is_opened() {
    let given = Given::agency().await;
    let mut browser = given.browser();
    browser.books("2026-12-03T18:00:00Z").await;
    let key = given.key(Scope::Admin).await;
    let signed_in = browser.post("/admin/login", &[("key", &key)]).await;
    browser.cookie = signed_in.header("set-cookie").split(';').next().map(str::to_owned);
    assert_eq!(browser.get("/admin").await.status, StatusCode::OK);
    let (link, booking) = (given.link(0).await, given.booking().await.booking.id.to_string());
    given.app.run_due_jobs().await.unwrap();
    let before = every_row(&given).await;
    assert!(before.iter().any(|row| row.starts_with("bookings: ")));

    open_everything(&browser, &link, &booking).await;

    assert_eq!(every_row(&given).await, before);
}

#[tokio::test]
async fn a_manage_page_is_kept_by_nobody_and_tells_nobody_where_it_is() {
    let given = Given::agency().await;

    let page = given.browser().books("2026-12-03T18:00:00Z").await;

    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    page.says("<meta name=\"robots\" content=\"noindex, nofollow\">");
}

#[tokio::test]
async fn what_is_not_there_is_said_as_a_page() {
    let given = Given::agency().await;
    let browser = given.browser();

    let missing = browser.get("/nothing").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    missing.says("There is nothing behind this door");
    let wrong = browser.get(&format!("{}/cancel", "/b/x")).await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    wrong.says("req_test");
}
