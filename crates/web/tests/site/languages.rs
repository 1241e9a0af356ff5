//! Pages in the visitor's language.

use super::browser::BO;
use super::given::Given;

#[tokio::test]
async fn who_chooses_a_language_keeps_it_and_is_written_to_in_it() {
    let given = Given::agency().await;
    let browser = given.browser();

    let home = browser.get("/?lang=de").await;
    let month = browser.get(&home.links("/book/")[0]).await;
    let day = browser.get(&month.links("day=2026-12-03")[0]).await;
    let slot = browser.get(&day.links("start=2026-12-03T18%3A00%3A00Z")[0]).await;
    let booked = browser.submit(&slot, "/book/viewing?lang=de", &BO).await;
    let standing = browser.get(booked.location()).await;

    for page in [&home, &month, &day, &slot, &standing] {
        page.says("<html lang=\"de\"");
    }
    day.says("Donnerstag, 3. Dezember 2026");
    standing.says("Ihre Buchung ist bestätigt");
    assert_eq!(given.booking().await.booking.lead().locale.as_deref(), Some("de"));
}

#[tokio::test]
async fn a_link_is_in_its_attendees_language_unless_another_is_chosen() {
    let given = Given::agency().await;
    let browser = given.browser();
    let form = browser.get("/book/viewing?lang=fr&start=2026-12-03T18:00:00Z").await;
    browser.submit(&form, "/book/viewing?lang=fr", &BO).await;
    let link = given.link(0).await;

    let theirs = browser.get(&link).await;
    let chosen = browser.get(&format!("{link}?lang=es")).await;
    let moving = browser.get(&chosen.links("move=1")[0]).await;
    let cancelled = browser.submit(&chosen, &format!("{link}/cancel?lang=es"), &[]).await;

    theirs.says("<html lang=\"fr\"");
    theirs.says("jeudi 3 décembre 2026");
    chosen.says("<html lang=\"es\"");
    moving.says("Elija una nueva hora");
    browser.get(cancelled.location()).await.says("Esta reserva está cancelada");
}

#[tokio::test]
async fn a_language_that_is_not_ours_is_left_out() {
    let given = Given::agency().await;

    for lang in ["nl", "", "%22%3E%3Cscript%3E"] {
        let page = given.browser().get(&format!("/book/viewing?lang={lang}")).await;
        page.says("<html lang=\"en\"");
        assert_eq!(page.links("lang="), Vec::<String>::new());
    }
}
